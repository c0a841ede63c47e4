using System.Globalization;
using System.Text;

namespace Experience.Sample;

/// <summary>Invented names as a Midwestern college town would have them: a family name mostly keeps company with its given names.</summary>
internal static class Names
{
    private sealed record Pool(int Weight, string[] Given, string[] Family);

    private static readonly Pool[] Pools =
    [
        new(40,
            ["Emma", "Olivia", "Charlotte", "Amelia", "Evelyn", "Harper", "Abigail", "Ella", "Nora", "Hazel", "Ruth", "Beth", "Helen", "Carol", "Donna", "Janet", "Susan", "Linda", "Karen", "Margaret", "Joan", "Patricia", "Diane", "Judith", "Rebecca", "Laura", "Megan", "Heather", "Kelsey", "Paige", "Liam", "Noah", "James", "Henry", "Owen", "Jack", "Wyatt", "Caleb", "Ryan", "Kyle", "Brian", "Scott", "Mark", "Paul", "Gary", "Dennis", "Walter", "Harold", "Frank", "Robert", "Thomas", "Daniel", "Matthew", "Andrew", "Kevin", "Steven", "Ken", "Russell", "Dale", "Roger"],
            ["Anderson", "Baker", "Bennett", "Brandt", "Carter", "Clark", "Collins", "Cook", "Cooper", "Dunn", "Edwards", "Ellis", "Fischer", "Foster", "Gibson", "Graham", "Hansen", "Harris", "Hayes", "Hoffman", "Hughes", "Jensen", "Johnson", "Keller", "Larson", "Lowry", "Marsh", "Meyer", "Miller", "Mitchell", "Morgan", "Nelson", "Novak", "Olson", "Palmer", "Parker", "Peterson", "Porter", "Price", "Reynolds", "Rogers", "Russell", "Schmidt", "Shaw", "Simmons", "Stone", "Sullivan", "Turner", "Vogel", "Wagner", "Walsh", "Ward", "Weber", "Whitlow", "Wright", "Zimmerman"]),
        new(17,
            ["María", "Sofía", "Lucía", "Camila", "Elena", "Gabriela", "Rosa", "Ana", "Carmen", "Isabel", "Daniela", "Teresa", "Marisol", "Alejandra", "José", "Luis", "Carlos", "Miguel", "Diego", "Javier", "Rafael", "Andrés", "Mateo", "Tomás", "Héctor", "Manuel", "Ricardo", "Sam"],
            ["García", "Rodríguez", "Martínez", "Hernández", "López", "González", "Pérez", "Sánchez", "Ramírez", "Torres", "Flores", "Rivera", "Gómez", "Díaz", "Reyes", "Morales", "Ortiz", "Cruz", "Gutiérrez", "Ramos", "Mendoza", "Castillo", "Vargas", "Salazar", "Delgado"]),
        new(14,
            ["Aaliyah", "Imani", "Jada", "Keisha", "Latoya", "Monique", "Denise", "Yvonne", "Gloria", "Simone", "Tiana", "Grace", "Marcus", "Darnell", "Jamal", "Malik", "Terrence", "Andre", "Isaiah", "Xavier", "Curtis", "Leon", "Clarence", "Reggie"],
            ["Washington", "Jefferson", "Brooks", "Coleman", "Franklin", "Freeman", "Greene", "Hairston", "Jackson", "Booker", "Banks", "Mosley", "Robinson", "Singleton", "Tate", "Vaughn", "Wallace", "Whitaker", "Gaines", "Holloway"]),
        new(7,
            ["Priya", "Anjali", "Kavita", "Meera", "Sunita", "Deepa", "Lakshmi", "Nisha", "Arjun", "Rahul", "Vikram", "Sanjay", "Ravi", "Amit", "Suresh", "Anand", "Fatima", "Ayesha", "Imran", "Bilal"],
            ["Nair", "Patel", "Sharma", "Iyer", "Reddy", "Gupta", "Menon", "Rao", "Desai", "Kapoor", "Banerjee", "Khan", "Ahmed", "Siddiqui", "Chowdhury"]),
        new(7,
            ["Mei", "Li", "Xia", "Hui", "Jun", "Wei", "Min", "Hana", "Yuki", "Aiko", "Kenji", "Linh", "Thao", "Minh", "Duc", "Ji-woo", "Soo-jin", "Min-ho", "Kai", "Mai"],
            ["Chen", "Wang", "Liu", "Zhang", "Lin", "Wu", "Takeda", "Tanaka", "Sato", "Nakamura", "Nguyen", "Tran", "Pham", "Le", "Kim", "Park", "Lee", "Choi", "Xiong", "Vang"]),
        new(5,
            ["Ngozi", "Chioma", "Adaeze", "Amara", "Folake", "Olu", "Emeka", "Tunde", "Kwame", "Kofi", "Abena", "Efua", "Amina", "Zainab", "Abdi", "Hodan", "Samuel", "Blessing", "Femi", "Sade"],
            ["Okafor", "Adeyemi", "Eze", "Abara", "Oduya", "Balogun", "Okoye", "Mensah", "Owusu", "Boateng", "Diallo", "Warsame", "Abdullahi", "Hassan", "Tesfaye", "Bekele"]),
        new(5,
            ["Agnieszka", "Katarzyna", "Ewa", "Magda", "Piotr", "Tomasz", "Marek", "Oksana", "Iryna", "Dmytro", "Olena", "Ivana", "Jelena", "Marko", "Nikola", "Elif", "Emre", "Anna", "Stefan", "Luka"],
            ["Kowalski", "Nowak", "Wiśniewski", "Zieliński", "Lewandowski", "Shevchenko", "Bondarenko", "Petrović", "Jovanović", "Horvat", "Kovač", "Yılmaz", "Demir", "Popescu", "Ivanov"]),
        new(5,
            ["Layla", "Noor", "Yasmin", "Maryam", "Leila", "Shirin", "Omar", "Youssef", "Karim", "Tariq", "Samir", "Dina", "Rania", "Hadi", "Nadia"],
            ["Haddad", "Khoury", "Mansour", "Nasser", "Saleh", "Farah", "Aziz", "Karimi", "Rahimi", "Tehrani", "Barakat", "Sabbagh"]),
    ];

    private static readonly int Total = Pools.Sum(p => p.Weight);

    public static (string Given, string Family) Of(ulong hash)
    {
        var pool = PoolOf((int)(hash % (ulong)Total));
        var given = pool.Given[(int)((hash >> 16) % (ulong)pool.Given.Length)];
        // One household in nine mixes names.
        var other = (hash >> 8) % 9 == 0 ? PoolOf((int)((hash >> 24) % (ulong)Total)) : pool;
        return (given, other.Family[(int)((hash >> 40) % (ulong)other.Family.Length)]);
    }

    /// <summary>
    /// The family name of somebody who is not one of those one can look up, and is not called like them: who types "delg" finds the person whom the documents speak of, whoever else waits
    /// for an answer that day.
    /// </summary>
    public static string Apart(string family) => family switch
    {
        "Delgado" => "Navarro",
        "Reyes" => "Soto",
        "Nair" => "Pillai",
        "Okafor" => "Nwosu",
        _ => family,
    };

    /// <summary>A child's given name that keeps company with a family name.</summary>
    public static string GivenFor(string family, ulong hash)
    {
        var pool = Array.Find(Pools, p => Array.IndexOf(p.Family, family) >= 0) ?? Pools[0];
        return pool.Given[(int)(hash % (ulong)pool.Given.Length)];
    }

    /// <summary>Lower-case letters without marks, as in an e-mail address.</summary>
    public static string Ascii(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var c in name.Normalize(NormalizationForm.FormD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark) continue;
            var plain = char.ToLowerInvariant(c) switch { 'ł' => 'l', 'ı' => 'i', var other => other };
            if (plain is >= 'a' and <= 'z') text.Append(plain);
        }

        return text.ToString();
    }

    private static Pool PoolOf(int at)
    {
        foreach (var pool in Pools)
        {
            at -= pool.Weight;
            if (at < 0) return pool;
        }

        return Pools[0];
    }
}
