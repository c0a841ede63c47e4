using Experience.Web.Imports.Mapping;

namespace Experience.Web.Imports;

/// <summary>What columns are called in exports, and what states of a registration are called in them.</summary>
internal static class HeaderNames
{
    /// <summary>States that make another event of the row, in the order of the journey.</summary>
    public static readonly (string State, string Type)[] EndingStates =
    [
        ("waitlisted", "waitlist.joined"), ("cancelled", "registration.cancelled"), ("dropped", "registration.dropped"), ("withdrawn", "registration.withdrawn"), ("completed", "section.completed"),
    ];

    // Header, without case, spaces and signs, to what it holds.
    private static readonly Dictionary<string, string> Known = Names(
        (ImportTargets.Subject, "studentid studentnumber studentno participantid personid customerid customernumber customer memberid learnerid contactid userid registrantid clientid patronid subject teilnehmernr teilnehmernummer kundennr kundennummer personennr personennummer mitgliedsnummer"),
        (ImportTargets.Id, "id eventid transactionid orderid ordernumber receipt receiptnumber receiptno confirmationnumber belegnr belegnummer auftragsnr auftragsnummer rowid reviewid commentid postid responseid"),
        (ImportTargets.Time, "date datetime time timestamp registrationdate registeredon registeredat registered regdate enrolmentdate enrollmentdate enrolledon paymentdate paidon orderdate purchasedate transactiondate createdat createdon submittedat responsedate reviewdate postedat postedon posted published publishedat costdate invoicedate datum anmeldedatum buchungsdatum angemeldetam gebuchtam zahlungsdatum bezahltam rechnungsdatum bestelldatum"),
        ("givenName", "firstname givenname first forename vorname prenom nombre"),
        ("familyName", "lastname familyname surname last nachname nom apellido"),
        ("preferredName", "preferredname nickname knownas"),
        (ImportTargets.FullName, "name fullname participant participantname student studentname customername"),
        ("email", "email emailaddress mail emailadresse"),
        ("phone", "phone phonenumber mobile cell telephone tel telefon telefonnummer handy mobil"),
        ("postalCode", "zip zipcode postcode postalcode plz"),
        ("birthDate", "birthdate dateofbirth dob birthday geburtsdatum gebdatum geburtstag geboren"),
        ("organisation", "employer organisation organization company firma arbeitgeber"),
        ("amount", "amount price fee total charge cost value dollarvalue tuition betrag montant gebühr kursgebühr teilnahmegebühr entgelt preis kosten"),
        (ImportTargets.Paid, "paid amountpaid paidamount payment netpaid bezahlt gezahlt"),
        ("section", "section sectioncode sectionid sectionnumber class classid classcode coursesection offering offeringid crn kursnr kursnummer veranstaltungsnr veranstaltungsnummer"),
        ("course", "course coursename coursecode coursetitle courseid kurs kurstitel kursname veranstaltung cours"),
        ("title", "title sectiontitle classname classtitle"),
        ("term", "term semester season session trimester"),
        ("program", "program programme programarea area subjectarea"),
        ("registration", "registrationid registrationnumber regid enrolmentid enrollmentid"),
        ("payer", "payerid guardianid parentid billedto billtoid"),
        ("quantity", "quantity qty count items numberofcds"),
        ("channel", "channel"),
        ("desk", "desk location office"),
        ("staff", "staff staffname registrar agent"),
        ("reason", "reason"),
        ("service", "service servicerating staffrating customerservice"),
        ("rating", "rating courserating overall overallrating stars starrating"),
        ("nps", "nps recommend likelihoodtorecommend"),
        ("csat", "csat satisfaction"),
        ("ces", "ces effort"),
        ("text", "comment comments feedback notes note review reviewtext body message content posttext bemerkung bemerkungen kommentar"),
        ("site", "site website platform network reviewsite publisher"),
        ("presence", "attendance presence attended"),
        ("meeting", "meetingdate classdate sessiondate"),
        ("costKind", "costkind costtype kindofcost costcategory expensetype"),
        ("instructor", "instructor teacher faculty instructorname"),
        ("room", "room classroom building"),
        ("mode", "mode delivery deliverymode modality format"),
        ("starts", "starts startdate start begins begindate firstday"),
        ("ends", "ends enddate end finishes lastday"),
        ("meets", "meets meetingpattern days schedule"),
        ("capacity", "capacity maxenrollment maxenrolment maximum seats max limit"),
        ("minimum", "minimum minenrollment minenrolment min"),
        ("audience", "audience"),
        ("certificate", "certificate"),
        ("hours", "hours contacthours"));

    private static readonly Dictionary<string, string> States = Names(
        ("confirmed", "confirmed enrolled enroled registered active paid ok approved current gebucht angemeldet bestätigt bezahlt"),
        ("waitlisted", "waitlisted waitlist waiting onwaitlist warteliste"),
        ("cancelled", "cancelledbyus cancelledbycollege classcancelled sectioncancelled"),
        ("dropped", "dropped drop cancelled canceled refunded storniert abgemeldet"),
        ("withdrawn", "withdrawn withdrew withdraw"),
        ("completed", "completed complete passed finished abgeschlossen bestanden"),
        ("unfinished", "cart incart pending incomplete abandoned test void voided unvollständig offen"));

    public static string? Find(string header) => Known.GetValueOrDefault(Bare(header));

    public static bool IsState(string header) => Bare(header) is "status" or "registrationstatus" or "enrollmentstatus" or "enrolmentstatus" or "state" or "regstatus" or "anmeldestatus" or "buchungsstatus";

    /// <summary>When a registration came into its state.</summary>
    public static bool IsStateDate(string header) => Bare(header) is "statusdate" or "dropdate" or "droppedon" or "canceldate" or "cancelleddate" or "cancelledon" or "withdrawaldate" or "statuschangedon" or "statuschanged";

    public static string? State(string word) => States.GetValueOrDefault(Bare(word));

    private static string Bare(string text) => string.Concat(text.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    private static Dictionary<string, string> Names(params (string Field, string Headers)[] entries) =>
        entries.SelectMany(e => e.Headers.Split(' ').Select(h => (Header: h, e.Field))).ToDictionary(e => e.Header, e => e.Field, StringComparer.Ordinal);
}
