namespace Experience.Sample;

/// <summary>What people of the sample say, by what they are speaking of and how they rate it.</summary>
internal static class Voices
{
    private static readonly string[][] CourseByRating =
    [
        ["I learned nothing that I could use on Monday.", "The instructor read from slides for two hours.", "Nothing matched the description.", "I asked the same question three times.", "Half of the class could not open the files."],
        ["Too fast for beginners.", "The room was cold and the projector failed twice.", "We lost the first hour to set-up.", "I expected more practice and less lecture.", "The book arrived in week three."],
        ["Good content, but the pace jumps.", "Fine. Parking takes longer than the break.", "Useful in parts.", "The second half was better than the first.", "I would have liked examples from smaller businesses."],
        ["Clear, friendly, practical.", "I used it at work the next day.", "Well prepared, with time for questions.", "The handouts are worth keeping.", "Good group, good room, good coffee."],
        ["The best evening of my week.", "She knew everybody's name by the second class.", "I finally understand pivot tables.", "He stayed half an hour longer to help us.", "I am telling my whole team about it.", "Worth every dollar."],
    ];

    private static readonly string[][] ServiceByRating =
    [
        ["Nobody called back.", "Sent from desk to desk.", "I gave up and drove to the main campus.", "I was told three different prices."],
        ["Kind, but no answer.", "Waited 40 minutes.", "I had to explain it again each time.", "The line was busy all morning."],
        ["It was all right.", "They helped once I found the right desk.", "Slow, but polite.", "I wish that I could do it online."],
        ["Quick and friendly.", "They found me another section at once.", "Good help on the phone.", "Knew what I needed."],
        ["Rosa remembered my name.", "Solved in two minutes.", "The best service on campus.", "They called me before I had to ask."],
    ];

    private static readonly string[] LogIn =
    [
        "Two days for a password.", "Log-in never came.", "The class link asked for a code that nobody had.", "Locked out on the first evening.",
        "My account was ready after the first class was over.", "Three resets, still no log-in.",
    ];

    private static readonly string[] ExcelLow =
    [
        "Where did our instructor go?", "The new instructor had never seen the workbook.", "We changed teachers without a word.", "I paid for the teacher who was named.",
        "He skipped pivot tables, which is why I came.", "Nobody told us before we sat down.",
    ];

    private static readonly string[] Complaint =
    [
        "I have asked twice already.", "Please call me after five.", "It should take a minute to fix.", "I would rather hear no than nothing.", "I only need somebody to look.",
    ];

    private static readonly string[] Update =
    [
        "Spoke with the person; with Campus services now.", "Asked the department, answer by tomorrow.", "Left a message and sent an e-mail.", "New link sent, waiting for word that it works.",
    ];

    private static readonly string[] Note =
    [
        "Prefers the phone after five.", "Comes with a walker: ground floor.", "Asked about evening sections.", "Needs the receipt for the employer.", "Would like to bring a friend.", "Thinks about the certificate next year.",
    ];

    private static readonly string[] Kudos =
    [
        "Stayed late to get three log-ins working.", "Found a seat for a student in tears.", "Took my line while I was at the dentist.", "Called all eleven people on the Spanish list.",
        "Made the new signs for building B.", "Kept the camp calm in the thunderstorm.", "Sorted a purchase order in one morning.", "Explained the refund policy so that I understood it too.",
    ];

    public static string Course(ulong hash, int rating) => Of(CourseByRating[rating - 1], hash);

    public static string Service(ulong hash, int rating) => Of(ServiceByRating[rating - 1], hash);

    public static string LogInTrouble(ulong hash) => Of(LogIn, hash);

    public static string ExcelAfterChange(ulong hash) => Of(ExcelLow, hash);

    public static string ComplaintWords(ulong hash) => Of(Complaint, hash);

    public static string UpdateWords(ulong hash) => Of(Update, hash);

    public static string NoteWords(ulong hash) => Of(Note, hash);

    public static string Thanks(ulong hash) => Of(Kudos, hash);

    private static string Of(string[] texts, ulong hash) => texts[(int)(SeededRandom.Mix(hash) % (ulong)texts.Length)];
}
