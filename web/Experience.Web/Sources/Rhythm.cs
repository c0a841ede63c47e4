using System.Text.Json.Serialization;

namespace Experience.Web.Sources;

/// <summary>
/// When a source normally speaks, learned by hour of the week. For each of the 168 hours it holds in how many of the weeks seen the source spoke; older weeks
/// weigh less. Silence is judged by the hours that passed without a word: an hour h in which it spoke in the share P(h) of weeks is silent by chance with
/// 1 − P(h), hours of one silence multiply, and below <see cref="Chance"/> the silence is raised. Only hours in which it speaks in seven of ten weeks count,
/// so nights, weekends and rare senders raise nothing.
/// </summary>
/// <remarks>P(h) = (spoke + ½) ÷ (weeks + 1): the mean of the Jeffreys posterior of a share, so that few weeks are not taken for certainty.</remarks>
internal sealed class Rhythm
{
    public const int Hours = 168;

    /// <summary>A week counts nine tenths of the week after it: the memory is about ten weeks.</summary>
    public const float Decay = 0.9f;

    /// <summary>Silences that come about by chance more often than this are normal.</summary>
    public const double Chance = 0.001;

    /// <summary>It normally speaks in an hour of the week in which it spoke in this share of weeks.</summary>
    public const double Usual = 0.7;

    /// <summary>Hours seen before anything is raised: two weeks.</summary>
    public const int Learned = 2 * Hours;

    /// <summary>Hours that are looked back at: a longer silence was raised long before, or never will be.</summary>
    private const int MaxBack = 8 * Hours;

    public float[] Weeks { get; init; } = new float[Hours];

    public float[] Spoke { get; init; } = new float[Hours];

    /// <summary>Hours seen in all.</summary>
    public long Seen { get; set; }

    /// <summary>The hour that is under way, in hours since 1970 on the program's clock; 0 before the first.</summary>
    public long Hour { get; set; }

    /// <summary>The first hour that is not learned yet.</summary>
    public long Unlearned { get; set; }

    /// <summary>Whether it spoke in the hour that is under way.</summary>
    public bool SpokeNow { get; set; }

    [JsonIgnore]
    public bool IsLearned => Seen >= Learned;

    /// <summary>The share of weeks in which it spoke in this hour of the week.</summary>
    public double Share(long hour)
    {
        var h = Of(hour);
        return (Spoke[h] + 0.5) / (Weeks[h] + 1);
    }

    /// <summary>
    /// Moves to an hour. Hours are learned when the source speaks again: until then nobody knows whether they were a pause or the beginning of a silence, and a
    /// silence that teaches itself would never be raised.
    /// </summary>
    /// <param name="learn">False for hours that are no rule: a silence that is raised, or one that is expected.</param>
    public void Advance(long hour, bool learn)
    {
        if (Hour == 0 || hour < Hour || !learn)
        {
            Hour = Unlearned = hour;
            SpokeNow = false;
            return;
        }

        if (hour == Hour) return;
        if (SpokeNow)
        {
            for (var ended = Math.Max(Unlearned, Hour - MaxBack); ended < Hour; ended++) Learn(ended, spoke: false);
            Learn(Hour, spoke: true);
            Unlearned = Hour + 1;
        }

        Hour = hour;
        SpokeNow = false;
    }

    /// <summary>It spoke, in the hour that is under way.</summary>
    public void Speak() => SpokeNow = true;

    /// <summary>The chance of a silence between two moments, in hours since 1970 on the program's clock.</summary>
    public double ChanceOfSilence(double from, double to)
    {
        var log = 0.0;
        for (var hour = Math.Max((long)from, (long)to - MaxBack); hour <= (long)to; hour++)
        {
            var share = Share(hour);
            if (share < Usual) continue;
            var part = Math.Min(to, hour + 1) - Math.Max(from, hour);
            if (part > 0) log += part * Math.Log(1 - share);
        }

        return Math.Exp(log);
    }

    private void Learn(long hour, bool spoke)
    {
        var h = Of(hour);
        Weeks[h] = (Weeks[h] * Decay) + 1;
        Spoke[h] = (Spoke[h] * Decay) + (spoke ? 1 : 0);
        Seen++;
    }

    private static int Of(long hour) => (int)(((hour % Hours) + Hours) % Hours);
}
