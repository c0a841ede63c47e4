namespace Experience.Embedded.Shards;
internal sealed partial class Shard { private static void Sum(in Experience.Domain.Assessments.RowMeasures a, in Experience.Domain.Assessments.RowMeasures b) { } private static void ClearSums() { } }
