// Generated from the server's records by `dotnet run --project web/Experience.Web -- contracts`. Do not edit.

export interface ActionReceipt {
  readonly outcome: EventOutcome;
  readonly event: string;
  readonly complaint: string | null;
  readonly promise: string | null;
}

export interface ActionRequest {
  readonly id: string;
  readonly action: string;
  readonly rule?: string | null;
  readonly cause?: string | null;
  readonly complaint?: string | null;
  readonly category?: string | null;
  readonly department?: string | null;
  readonly easilyFixable?: boolean | null;
  readonly access?: boolean | null;
  readonly fault?: string | null;
  readonly promise?: string | null;
  readonly section?: string | null;
  readonly toSection?: string | null;
  readonly registration?: string | null;
  readonly transaction?: string | null;
  readonly kind?: string | null;
  readonly outcome?: string | null;
  readonly channel?: string | null;
  readonly reason?: string | null;
  readonly title?: string | null;
  readonly words?: string | null;
  readonly staff?: string | null;
  readonly amount?: number | null;
  readonly due?: number | null;
  readonly purpose?: string | null;
}

export interface ActivityPoint {
  readonly at: number;
  readonly active: number;
}

export interface ActivityView {
  readonly active: number;
  readonly usualGapDays: number | null;
  readonly silentDays: number;
  readonly points: readonly ActivityPoint[];
}

export interface AliasRequest {
  readonly alias: string;
}

export interface AnswerHistogram {
  readonly counts: readonly number[];
  readonly note: string;
}

export interface ArrivalView {
  readonly at: number;
  readonly source: string | null;
  readonly id: string | null;
  readonly type: string | null;
  readonly subject: string | null;
  readonly outcome: EventOutcome;
  readonly field: string | null;
  readonly reason: string | null;
  readonly accepted: string | null;
  readonly person: string | null;
}

export interface ArrivalsView {
  readonly events: number;
  readonly recent: readonly ArrivalView[];
}

export interface BacktestReport {
  readonly title: string;
  readonly verdict: string;
  readonly sections: readonly ReportSection[];
}

export interface BatchAnswer {
  readonly events: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly dryRun: boolean;
  readonly results: readonly EventAnswer[];
}

export interface BoardView {
  readonly segment: string;
  readonly title: string;
  readonly asOf: number;
  readonly history: boolean;
  readonly term: string | null;
  readonly people: number;
  readonly currency: string;
  readonly tiles: readonly Tile[];
}

export interface CardView {
  readonly id: string;
  readonly asOf: number;
  readonly history: boolean;
  readonly person: PersonHeader;
  readonly sayFirst: SayFirst | null;
  readonly sections: readonly CurrentSection[];
  readonly waits: readonly WaitView[];
  readonly money: MoneyView;
  readonly dissatisfiers: readonly DissatisfierView[];
  readonly promises: readonly PromiseView[];
  readonly flags: readonly FlagView[];
  readonly needs: readonly NeedView[];
  readonly score: ScoreView | null;
  readonly value: ValueView | null;
  readonly household: readonly HouseholdMember[];
  readonly journey: readonly JourneyLine[];
  readonly decide: Decision;
  readonly transaction: TransactionView | null;
  readonly more: MoreView;
  readonly consent: readonly ConsentView[];
  readonly plan: PlanSummary | null;
  readonly householdWorth: HouseholdWorth | null;
}

export interface CatalogueTotals {
  readonly offerings: number;
  readonly cancelled: number;
  readonly cancellationRate: number | null;
  readonly cancellationStanding: Standing;
  readonly seats: number;
  readonly capacity: number;
  readonly waiting: number;
  readonly participants: number;
  readonly income: number;
  readonly costs: CostView | null;
  readonly costPerParticipant: number | null;
  readonly margin: number | null;
  readonly marginRate: number | null;
  readonly formulas: readonly MeasureFormula[];
}

export interface CatalogueView {
  readonly asOf: number;
  readonly currency: string;
  readonly term: string | null;
  readonly open: string | null;
  readonly terms: readonly TermItem[];
  readonly totals: CatalogueTotals;
  readonly courses: readonly CourseRow[];
  readonly certificates: readonly CertificateRow[];
}

export interface CertificateRow {
  readonly id: string;
  readonly title: string;
  readonly program: string | null;
  readonly required: number;
  readonly courses: readonly string[];
}

export interface ChartAxis {
  readonly title: string;
  readonly unit: ChartUnit;
}

export type ChartKind = "lines" | "bars" | "reliability";

export interface ChartMark {
  readonly x: number;
  readonly label: string;
}

export interface ChartSeries {
  readonly name: string;
  readonly role: SeriesRole;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export type ChartUnit = "number" | "share";

export interface ConsentView {
  readonly purpose: string;
  readonly title: string;
  readonly may: boolean;
  readonly text: string;
  readonly channels: readonly ContactView[];
}

export interface ContactView {
  readonly channel: string;
  readonly may: boolean;
  readonly stated: boolean;
}

export interface CostView {
  readonly promotion: number;
  readonly production: number;
  readonly service: number;
  readonly total: number;
  readonly recordedTo: number;
}

export interface CourseRow {
  readonly id: string;
  readonly title: string;
  readonly program: string | null;
  readonly audience: string | null;
  readonly certificate: string | null;
  readonly prerequisite: string | null;
  readonly fee: number | null;
  readonly offerings: number;
  readonly cancelled: number;
  readonly seats: number;
  readonly capacity: number;
  readonly waiting: number;
  readonly participants: number;
  readonly income: number;
  readonly costed: number;
  readonly costs: number | null;
  readonly margin: number | null;
}

export interface CourseView {
  readonly asOf: number;
  readonly currency: string;
  readonly term: string | null;
  readonly course: CourseRow;
  readonly hours: number | null;
  readonly mode: string | null;
  readonly minimumAge: number | null;
  readonly maximumAge: number | null;
  readonly occupations: readonly OccupationView[];
  readonly offerings: readonly OfferingView[];
}

export interface CurrentSection {
  readonly section: string;
  readonly title: string;
  readonly status: string | null;
  readonly standing: Standing;
  readonly nextMeeting: number | null;
  readonly starts: number | null;
  readonly room: string | null;
  readonly mode: string | null;
  readonly instructor: string | null;
  readonly instructorChangedAt: number | null;
  readonly attended: number | null;
  readonly meetingsSoFar: number | null;
  readonly couldMove: readonly SectionChoice[];
}

export interface Decision {
  readonly text: string;
  readonly actions: readonly DeskAction[];
}

export interface DeskAction {
  readonly key: string;
  readonly label: string;
  readonly enabled: boolean;
  readonly reason: string | null;
}

export interface DissatisfierView {
  readonly complaint: string;
  readonly title: string;
  readonly about: string | null;
  readonly department: string | null;
  readonly easilyFixable: boolean;
  readonly openedAt: number;
  readonly dueAt: number;
  readonly past: boolean;
}

export interface EngagementView {
  readonly engagement: string;
  readonly title: string;
  readonly kind: string | null;
  readonly status: string;
  readonly purchaseOrder: string | null;
  readonly amount: number | null;
  readonly paid: number;
  readonly section: string | null;
  readonly seats: number | null;
  readonly taken: number;
  readonly starts: string | null;
  readonly ends: string | null;
  readonly openedAt: number;
}

export interface EraseRequest {
  readonly confirm: string;
  readonly reason?: string | null;
}

export interface ErasureView {
  readonly id: string;
  readonly erasedAt: number | null;
  readonly keyDestroyed: boolean;
  readonly imagesRenewed: boolean;
  readonly searchable: boolean;
  readonly records: number;
  readonly sealed: number;
  readonly readable: number;
  readonly complete: boolean;
}

export interface EventAnswer {
  readonly index: number;
  readonly source: string | null;
  readonly id: string | null;
  readonly outcome: EventOutcome;
  readonly field: string | null;
  readonly reason: string | null;
  readonly accepted: string | null;
}

export type EventOutcome = "accepted" | "duplicate" | "refused";

export interface EventReceipt {
  readonly event: string | null;
  readonly type: string;
  readonly at: number;
  readonly text: string;
}

export interface EvidenceView {
  readonly kind: string;
  readonly text: string;
  readonly for: boolean;
}

export interface FieldCount {
  readonly field: string;
  readonly count: number;
}

export interface FigureView {
  readonly name: string;
  readonly value: number;
}

export interface FlagView {
  readonly rule: string;
  readonly cause: string;
  readonly title: string;
  readonly detail: string;
  readonly words: string;
  readonly standing: Standing;
  readonly severity: string;
  readonly since: number;
  readonly answer: string | null;
  readonly receipt: RuleReceipt;
  readonly by: string;
}

export interface Formula {
  readonly text: string;
  readonly window: string;
  readonly source: string;
}

export type FrameKind = "snapshot" | "delta";

export interface HookPayload {
  readonly id: number;
  readonly at: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface HookPut {
  readonly name: string;
  readonly version: number;
  readonly secret: string | null;
}

export interface HookRequest {
  readonly mapping: unknown;
  readonly secret?: string | null;
}

export interface HookTest {
  readonly mapping?: unknown | null;
  readonly payload?: string | null;
  readonly payloadId?: number | null;
  readonly headers?: Readonly<Record<string, string>> | null;
}

export interface HookTested {
  readonly events: readonly HookTestedEvent[];
  readonly field: string | null;
  readonly reason: string | null;
}

export interface HookTestedEvent {
  readonly event: unknown;
  readonly field: string | null;
  readonly reason: string | null;
  readonly accepted: string | null;
}

export interface HookVersion {
  readonly version: number;
  readonly at: number;
  readonly by: string;
  readonly mapping: unknown;
}

export interface HookView {
  readonly name: string;
  readonly version: number;
  readonly at: number;
  readonly by: string;
  readonly mapping: unknown;
  readonly taken: number;
  readonly unsigned: number;
  readonly lastUnsignedAt: number | null;
}

export interface HouseholdMember {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly age: number | null;
  readonly now: string | null;
}

export interface HouseholdWorth {
  readonly people: number;
  readonly netPaid: number;
}

export interface IdentityAnswer {
  readonly people: readonly string[];
}

export interface ImportAlso {
  readonly type: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, string>> | null;
  readonly when?: ImportCondition | null;
}

export interface ImportColumn {
  readonly name: string;
  readonly samples: readonly string[];
  readonly field: string | null;
  readonly why: string;
}

export interface ImportCondition {
  readonly column: string;
  readonly is: readonly string[];
}

export interface ImportField {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
}

export interface ImportMapping {
  readonly source: string;
  readonly type: string;
  readonly timeZone: string;
  readonly dateFormat?: string | null;
  readonly decimalMoney: boolean;
  readonly columns: Readonly<Record<string, string>>;
  readonly ignore?: readonly string[] | null;
  readonly dates?: Readonly<Record<string, string>> | null;
  readonly decimalMark?: string | null;
  readonly values?: Readonly<Record<string, string>> | null;
  readonly words?: Readonly<Record<string, Readonly<Record<string, string>>>> | null;
  readonly when?: ImportCondition | null;
  readonly skip?: ImportCondition | null;
  readonly also?: readonly ImportAlso[] | null;
  readonly encoding?: string | null;
  readonly delimiter?: string | null;
  readonly skipRows?: number | null;
}

export type ImportPhase = "waiting" | "checking" | "running" | "done" | "failed" | "cancelled";

export interface ImportPreview {
  readonly line: number;
  readonly event: unknown | null;
  readonly field: string | null;
  readonly reason: string | null;
  readonly accepted: string | null;
  readonly column: string | null;
}

export interface ImportProgress {
  readonly phase: ImportPhase;
  readonly bytes: number;
  readonly rows: number;
  readonly events: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly skipped: number;
  readonly participants: number | null;
  readonly rate: number;
  readonly secondsLeft: number | null;
  readonly problem: string | null;
  readonly types: readonly ImportTypeCount[];
  readonly refusals: readonly ImportPreview[];
}

export interface ImportTypeCount {
  readonly type: string;
  readonly events: number;
}

export interface ImportView {
  readonly id: string;
  readonly file: string;
  readonly bytes: number;
  readonly format: string;
  readonly rows: number | null;
  readonly mapping: ImportMapping | null;
  readonly saved: string | null;
  readonly columns: readonly ImportColumn[];
  readonly fields: readonly ImportField[];
  readonly types: readonly string[];
  readonly preview: readonly ImportPreview[];
  readonly notes: readonly string[];
  readonly progress: ImportProgress;
  readonly check: ImportProgress | null;
}

export interface JourneyLine {
  readonly event: string;
  readonly at: number;
  readonly phase: string;
  readonly type: string;
  readonly text: string;
  readonly detail: string | null;
  readonly source: string;
  readonly voided: boolean;
}

export interface JourneyPage {
  readonly id: string;
  readonly lines: readonly JourneyLine[];
  readonly next: string | null;
}

export interface KeyCreated {
  readonly id: string;
  readonly source: string;
  readonly timeZone: string;
  readonly mayErase: boolean;
  readonly key: string;
}

export interface KeyInfo {
  readonly id: string;
  readonly source: string;
  readonly timeZone: string;
  readonly createdAt: number;
  readonly revokedAt: number | null;
  readonly mayErase: boolean;
}

export interface KeyRequest {
  readonly source: string;
  readonly timeZone?: string | null;
  readonly mayErase?: boolean | null;
}

export interface LetterAnswer {
  readonly id: number;
  readonly outcome: EventOutcome;
  readonly events: number;
  readonly field: string | null;
  readonly reason: string | null;
  readonly accepted: string | null;
}

export interface LetterGroup {
  readonly source: string;
  readonly way: string;
  readonly field: string;
  readonly count: number;
  readonly lastAt: number;
}

export interface LetterSend {
  readonly body?: string | null;
  readonly check?: boolean | null;
}

export type LetterState = "open" | "sent" | "dismissed" | "mended";

export interface LetterSummary {
  readonly id: number;
  readonly state: LetterState;
  readonly at: number;
  readonly lastAt: number;
  readonly times: number;
  readonly way: string;
  readonly source: string;
  readonly event: string | null;
  readonly type: string | null;
  readonly subject: string | null;
  readonly place: string | null;
  readonly field: string;
  readonly reason: string | null;
  readonly accepted: string | null;
  readonly bytes: number;
  readonly cut: boolean;
  readonly closedAt: number | null;
  readonly by: string | null;
}

export interface LetterView {
  readonly letter: LetterSummary;
  readonly body: string | null;
  readonly editable: boolean;
}

export interface LettersAnswer {
  readonly sent: number;
  readonly refused: number;
  readonly left: number;
  readonly results: readonly LetterAnswer[];
}

export interface LettersDismissed {
  readonly dismissed: number;
  readonly left: number;
}

export interface LettersPage {
  readonly open: number;
  readonly bytes: number;
  readonly maxOpen: number;
  readonly maxBytes: number;
  readonly days: number;
  readonly groups: readonly LetterGroup[];
  readonly letters: readonly LetterSummary[];
  readonly next: number | null;
}

export interface LettersRequest {
  readonly ids?: readonly number[] | null;
  readonly source?: string | null;
  readonly way?: string | null;
  readonly field?: string | null;
  readonly set?: Readonly<Record<string, unknown>> | null;
}

export interface LiveFrame {
  readonly topic: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly kind: FrameKind;
  readonly body: unknown;
}

export interface MeasureFormula {
  readonly measure: string;
  readonly formula: Formula;
}

export type Measured = "yes" | "tooFew" | "no";

export interface MergePreview {
  readonly first: CardView;
  readonly second: CardView;
  readonly merged: CardView;
}

export interface MergedView {
  readonly person: string;
  readonly name: string;
  readonly first: SourceKey;
  readonly second: SourceKey;
  readonly at: number;
}

export interface MissingField {
  readonly type: string;
  readonly field: string;
  readonly missing: number;
  readonly of: number;
}

export interface ModelReportView {
  readonly model: ModelView;
  readonly report: BacktestReport;
}

export interface ModelScoreView {
  readonly model: string;
  readonly chosen: boolean;
  readonly figures: readonly FigureView[];
  readonly note: string | null;
}

export interface ModelView {
  readonly kind: string;
  readonly name: string | null;
  readonly version: number;
  readonly fittedAt: number | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly people: number;
  readonly note: string | null;
  readonly scored: string | null;
  readonly scores: readonly ModelScoreView[];
}

export interface ModelsView {
  readonly models: readonly ModelView[];
  readonly fitting: boolean;
}

export interface MoneyView {
  readonly currency: string;
  readonly balance: number;
  readonly balanceDueAt: number | null;
  readonly credit: number;
  readonly refundable: RefundView | null;
}

export interface MoreView {
  readonly segments: readonly string[];
  readonly lifecycle: string;
  readonly best: boolean;
  readonly activeProbability: number | null;
  readonly nps: number | null;
  readonly goal: string | null;
  readonly facts: number;
}

export interface NamedItem {
  readonly id: string;
  readonly title: string;
  readonly count: number | null;
}

export interface NeedView {
  readonly rule: string;
  readonly cause: string;
  readonly title: string;
  readonly detail: string;
  readonly words: string;
  readonly service: boolean;
  readonly since: number;
  readonly answer: string | null;
  readonly held: string | null;
  readonly receipt: RuleReceipt;
}

export interface OccupationImport {
  readonly occupations: number;
  readonly links: number;
  readonly refused: number;
  readonly refusals: readonly OccupationRefusal[];
  readonly unknown: readonly string[];
}

export interface OccupationRefusal {
  readonly line: number;
  readonly field: string;
  readonly reason: string;
  readonly accepted: string;
}

export interface OccupationView {
  readonly code: string;
  readonly title: string;
  readonly medianWage: number | null;
  readonly annualOpenings: number | null;
  readonly growth: number | null;
  readonly region: string | null;
  readonly source: string | null;
  readonly of: string | null;
  readonly recordedAt: number;
}

export interface OfferingView {
  readonly section: string;
  readonly title: string;
  readonly term: string | null;
  readonly status: string;
  readonly undecided: boolean;
  readonly starts: string | null;
  readonly ends: string | null;
  readonly meets: string | null;
  readonly meetings: readonly number[];
  readonly instructor: string | null;
  readonly room: string | null;
  readonly mode: string | null;
  readonly fee: number | null;
  readonly cancelledAt: number | null;
  readonly seats: number;
  readonly capacity: number | null;
  readonly minimum: number | null;
  readonly waiting: number;
  readonly kept: number;
  readonly contract: number;
  readonly dropped: number;
  readonly income: number;
  readonly costs: CostView | null;
  readonly margin: number | null;
  readonly rating: number | null;
  readonly ratings: number;
}

export interface OpenFlag {
  readonly person: string;
  readonly name: string;
  readonly rule: string;
  readonly cause: string;
  readonly title: string;
  readonly standing: Standing;
  readonly since: number;
  readonly answer: string | null;
}

export interface OpenFlagsView {
  readonly asOf: number;
  readonly total: number;
  readonly high: number;
  readonly flags: readonly OpenFlag[];
}

export interface OrganisationMember {
  readonly id: string | null;
  readonly name: string;
  readonly contact: boolean;
  readonly seats: number;
  readonly standing: Standing;
  readonly standingText: string;
}

export interface OrganisationRepeat {
  readonly rate: number | null;
  readonly bought: number;
  readonly again: number;
  readonly formula: Formula;
}

export interface OrganisationRow {
  readonly id: string;
  readonly name: string;
  readonly industry: string | null;
  readonly people: number;
  readonly seats: number;
  readonly selfPayers: number;
  readonly value: number;
  readonly open: number;
  readonly complaints: number;
  readonly past: number;
  readonly promises: number;
}

export interface OrganisationValue {
  readonly paid: number;
  readonly forPlaces: number;
  readonly agreed: number | null;
  readonly outstanding: number | null;
  readonly formula: Formula;
}

export interface OrganisationView {
  readonly asOf: number;
  readonly currency: string;
  readonly id: string;
  readonly name: string;
  readonly industry: string | null;
  readonly names: readonly string[];
  readonly people: number;
  readonly erased: number;
  readonly selfPayers: number;
  readonly value: OrganisationValue;
  readonly repeat: OrganisationRepeat;
  readonly complaints: number;
  readonly past: number;
  readonly promises: number;
  readonly engagements: readonly EngagementView[];
  readonly seats: readonly SeatsView[];
  readonly members: readonly OrganisationMember[];
}

export interface OrganisationsPage {
  readonly asOf: number;
  readonly currency: string;
  readonly total: number;
  readonly rows: readonly OrganisationRow[];
  readonly next: string | null;
}

export interface PeoplePage {
  readonly list: string;
  readonly title: string;
  readonly total: number;
  readonly rows: readonly PersonRow[];
  readonly next: string | null;
  readonly histogram: AnswerHistogram | null;
}

export interface PersonHeader {
  readonly preferredName: string;
  readonly familyName: string;
  readonly birthYear: number | null;
  readonly phoneEnd: string | null;
  readonly minor: boolean;
  readonly tenure: string | null;
  readonly guardians: readonly PersonLink[];
  readonly children: readonly PersonLink[];
  readonly employer: string | null;
  readonly keys: readonly SourceKey[];
}

export interface PersonLink {
  readonly id: string;
  readonly name: string;
  readonly age: number | null;
}

export interface PersonRef {
  readonly id: string;
}

export interface PersonRow {
  readonly id: string;
  readonly name: string;
  readonly standing: Standing;
  readonly standingText: string;
  readonly why: string;
  readonly since: number;
  readonly value: number | null;
  readonly answer: number | null;
  readonly words: string | null;
  readonly minor: boolean;
  readonly contact: string | null;
}

export interface PersonSketch {
  readonly id: string;
  readonly name: string;
  readonly birthYear: number | null;
  readonly contact: string | null;
  readonly keys: readonly SourceKey[];
  readonly facts: number;
  readonly lastAt: number | null;
}

export interface PlanChoice {
  readonly id: string;
  readonly title: string;
}

export interface PlanConflict {
  readonly section: string;
  readonly with: string;
  readonly at: number;
}

export interface PlanCourse {
  readonly id: string;
  readonly title: string;
  readonly program: string | null;
  readonly status: string;
  readonly done: string | null;
  readonly fee: number | null;
  readonly hours: number | null;
  readonly first: PlanChoice | null;
  readonly missing: PlanChoice | null;
  readonly next: PlanSection | null;
  readonly note: string | null;
  readonly occupations: readonly OccupationView[];
}

export interface PlanRequest {
  readonly id: string;
  readonly title: string;
  readonly goal: string | null;
  readonly courses: readonly string[];
}

export interface PlanSection {
  readonly section: string;
  readonly title: string;
  readonly term: string | null;
  readonly starts: string;
  readonly ends: string | null;
  readonly meets: string | null;
  readonly mode: string | null;
  readonly fee: number | null;
  readonly seats: number | null;
  readonly open: boolean;
}

export interface PlanSummary {
  readonly title: string;
  readonly done: number;
  readonly required: number;
  readonly next: string | null;
}

export interface PlanView {
  readonly asOf: number;
  readonly currency: string;
  readonly person: string;
  readonly title: string | null;
  readonly savedAt: number | null;
  readonly courses: readonly PlanCourse[];
  readonly done: number;
  readonly required: number;
  readonly cost: number | null;
  readonly finish: string | null;
  readonly conflicts: readonly PlanConflict[];
  readonly also: readonly PlanChoice[];
  readonly unknown: readonly string[];
}

export interface PolicyAnswer {
  readonly version: number;
  readonly document: unknown;
}

export interface ProblemView {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string | null;
  readonly instance: string | null;
  readonly field: string | null;
  readonly accepted: string | null;
}

export interface ProgramView {
  readonly name: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly sample: boolean;
  readonly policyVersion: number;
  readonly segments: readonly SegmentItem[];
  readonly desks: readonly NamedItem[];
  readonly staff: readonly NamedItem[];
  readonly categories: readonly NamedItem[];
  readonly departments: readonly NamedItem[];
  readonly programs: readonly NamedItem[];
}

export interface PromiseView {
  readonly promise: string;
  readonly title: string;
  readonly staff: string | null;
  readonly desk: string | null;
  readonly dueAt: number;
  readonly late: boolean;
}

export interface PullLook {
  readonly rows: number;
  readonly columns: readonly ImportColumn[];
  readonly mapping: ImportMapping;
  readonly notes: readonly string[];
  readonly preview: readonly ImportPreview[];
}

export interface PullPut {
  readonly settings: PullSettings;
  readonly secret?: string | null;
}

export interface PullResult {
  readonly at: number;
  readonly unchanged: boolean;
  readonly rows: number;
  readonly appeared: number;
  readonly changed: number;
  readonly vanished: number;
  readonly refused: number;
  readonly held: number;
  readonly events: number;
  readonly duplicates: number;
  readonly bytes: number;
  readonly refusals: readonly ImportPreview[];
}

export interface PullSettings {
  readonly kind: string;
  readonly address: string;
  readonly rows?: string | null;
  readonly next?: string | null;
  readonly key: readonly string[];
  readonly snapshot: boolean;
  readonly changed?: string | null;
  readonly saved?: string | null;
  readonly mapping?: ImportMapping | null;
  readonly vanished?: ImportAlso | null;
  readonly everyMinutes: number;
  readonly auth?: string | null;
  readonly paused: boolean;
}

export interface PullView {
  readonly name: string;
  readonly settings: PullSettings;
  readonly hasSecret: boolean;
  readonly state: string;
  readonly lastTriedAt: number | null;
  readonly lastSuccessAt: number | null;
  readonly nextAt: number | null;
  readonly failures: number;
  readonly problem: string | null;
  readonly last: PullResult | null;
}

export interface QuietRequest {
  readonly source: string;
  readonly until?: number | null;
}

export interface RefundView {
  readonly amount: number;
  readonly section: string;
  readonly title: string;
  readonly line: string;
  readonly ourChange: string | null;
  readonly ourAmount: number | null;
  readonly registration: string | null;
}

export interface ReportChart {
  readonly kind: ChartKind;
  readonly title: string;
  readonly caption: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly categories: readonly string[];
  readonly series: readonly ChartSeries[];
  readonly mark: ChartMark | null;
}

export interface ReportRow {
  readonly cells: readonly string[];
  readonly chosen: boolean;
}

export interface ReportSection {
  readonly title: string;
  readonly text: string | null;
  readonly tables: readonly ReportTable[];
  readonly charts: readonly ReportChart[];
}

export interface ReportTable {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly ReportRow[];
}

export interface RuleReceipt {
  readonly rule: string;
  readonly title: string;
  readonly policyVersion: number;
  readonly formula: string;
  readonly events: readonly EventReceipt[];
}

export interface SameAnswer {
  readonly id: string;
  readonly answer: string;
  readonly first: SourceKey;
  readonly second: SourceKey;
  readonly reason?: string | null;
}

export interface SameReceipt {
  readonly outcome: EventOutcome;
  readonly person: string;
}

export type SamplePhase = "none" | "filling" | "streaming" | "failed";

export interface SampleRequest {
  readonly people?: number | null;
  readonly years?: number | null;
  readonly speed?: number | null;
  readonly seed?: number | null;
}

export interface SampleView {
  readonly phase: SamplePhase;
  readonly done: number;
  readonly total: number;
  readonly problem: string | null;
}

export interface SaveMapping {
  readonly name: string;
}

export interface SavedMapping {
  readonly name: string;
  readonly version: number;
  readonly savedAt: number;
  readonly savedBy: string | null;
  readonly mapping: ImportMapping;
  readonly versions: readonly SavedVersion[];
}

export interface SavedVersion {
  readonly version: number;
  readonly savedAt: number;
  readonly savedBy: string | null;
}

export interface SayFirst {
  readonly kind: string;
  readonly words: string;
  readonly because: string;
  readonly rule: RuleReceipt;
}

export interface SchemaSummary {
  readonly type: string;
  readonly family: string;
  readonly description: string;
  readonly fromOutside: boolean;
}

export interface ScoreChange {
  readonly points: number;
  readonly since: number;
}

export interface ScoreGroup {
  readonly name: string;
  readonly points: number | null;
  readonly of: number;
}

export interface ScoreReason {
  readonly points: number;
  readonly text: string;
  readonly group: string;
  readonly receipt: RuleReceipt;
}

export interface ScoreView {
  readonly value: number | null;
  readonly groups: readonly ScoreGroup[];
  readonly reasons: readonly ScoreReason[];
  readonly change: ScoreChange | null;
  readonly moveMost: string | null;
  readonly trend: readonly (number | null)[];
}

export interface SearchHit {
  readonly id: string;
  readonly name: string;
  readonly birthYear: number | null;
  readonly match: string | null;
  readonly detail: string | null;
}

export interface SearchResult {
  readonly hits: readonly SearchHit[];
  readonly ready: boolean;
}

export interface SeatsView {
  readonly section: string;
  readonly title: string;
  readonly term: string | null;
  readonly seats: number;
  readonly income: number;
  readonly purchaseOrder: string | null;
}

export interface SectionChoice {
  readonly section: string;
  readonly title: string;
  readonly meets: string | null;
  readonly seats: number;
}

export interface SegmentAnswer {
  readonly id: string;
  readonly title: string;
  readonly count: number | null;
  readonly rule: unknown | null;
  readonly description: string | null;
}

export interface SegmentItem {
  readonly id: string;
  readonly title: string;
  readonly count: number | null;
  readonly kind: string;
  readonly rule: string | null;
  readonly description: string | null;
}

export interface SegmentPut {
  readonly title: string;
  readonly rule: unknown;
}

export type SeriesRole = "actual" | "chosen" | "other" | "reference";

export interface SourceAlert {
  readonly id: string;
  readonly source: string;
  readonly kind: string;
  readonly since: number;
  readonly raisedAt: number;
  readonly endedAt: number | null;
}

export interface SourceKey {
  readonly source: string;
  readonly key: string;
}

export interface SourcePoll {
  readonly name: string;
  readonly state: string;
  readonly lastSuccessAt: number | null;
  readonly lastTriedAt: number | null;
  readonly nextAt: number | null;
  readonly failures: number;
  readonly problem: string | null;
}

export interface SourceRequest {
  readonly source: string;
}

export interface SourceRhythm {
  readonly learned: boolean;
  readonly hoursSeen: number;
  readonly shares: readonly (number | null)[];
}

export interface SourceView {
  readonly name: string;
  readonly ways: readonly string[];
  readonly key: string;
  readonly import: boolean;
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly lagMedian: number | null;
  readonly lagHigh: number | null;
  readonly ahead: number;
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  readonly lastEvent: number | null;
  readonly accepted: number;
  readonly history: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly notKept: number;
  readonly open: number;
  readonly refusals: readonly FieldCount[];
  readonly missing: readonly MissingField[];
  readonly rhythm: SourceRhythm;
  readonly alert: SourceAlert | null;
  readonly quietUntil: number | null;
  readonly polls: readonly SourcePoll[];
}

export interface SourcesNotice {
  readonly letters: number;
  readonly open: readonly SourceAlert[];
}

export interface SourcesView {
  readonly since: number;
  readonly letters: number;
  readonly sources: readonly SourceView[];
  readonly alerts: readonly SourceAlert[];
}

export type Standing = "none" | "good" | "watch" | "bad";

export interface StartSettings {
  readonly timeZone?: string | null;
  readonly currency?: string | null;
  readonly name?: string | null;
}

export interface StartView {
  readonly empty: boolean;
  readonly sample: boolean;
  readonly address: string;
  readonly loopbackOnly: boolean;
  readonly dataFolder: string;
  readonly timeZone: string;
  readonly currency: string;
  readonly key: string | null;
  readonly curl: string | null;
  readonly version: string;
}

export interface StatusView {
  readonly ready: boolean;
  readonly searchReady: boolean;
  readonly reason: string | null;
  readonly events: number;
  readonly people: number;
  readonly firstEventAt: number | null;
  readonly lastEventAt: number | null;
  readonly sample: boolean;
  readonly sampleProgram: SampleView;
  readonly version: string;
  readonly sources: SourcesNotice;
}

export interface SuggestionView {
  readonly id: string;
  readonly points: number;
  readonly evidence: readonly EvidenceView[];
  readonly first: PersonSketch;
  readonly second: PersonSketch;
}

export interface SuggestionsView {
  readonly total: number;
  readonly suggestions: readonly SuggestionView[];
  readonly merged: readonly MergedView[];
  readonly next: string | null;
  readonly ready: boolean;
}

export interface TermItem {
  readonly id: string;
  readonly title: string;
  readonly main: boolean;
  readonly youth: boolean;
  readonly opens: string | null;
  readonly closes: string | null;
  readonly starts: string;
  readonly ends: string;
  readonly offerings: number;
  readonly cancelled: number;
}

export interface Tile {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly value: number | null;
  readonly measured: Measured;
  readonly qualifier: string | null;
  readonly standing: Standing;
  readonly standingText: string | null;
  readonly detail: string | null;
  readonly n: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly trend: Trend | null;
  readonly asOf: number;
  readonly formula: Formula;
  readonly people: string | null;
  readonly rows: readonly TileRow[];
}

export interface TileRow {
  readonly name: string;
  readonly value: number | null;
  readonly n: number;
  readonly measured: Measured;
  readonly standing: Standing;
  readonly standingText: string;
  readonly low: number | null;
  readonly high: number | null;
  readonly people: string | null;
}

export interface TransactionView {
  readonly transaction: string;
  readonly kind: string;
  readonly section: string | null;
  readonly staff: string | null;
  readonly desk: string | null;
  readonly openedAt: number;
}

export interface Trend {
  readonly kind: string;
  readonly points: readonly (number | null)[];
  readonly reference: readonly (number | null)[] | null;
  readonly caption: string;
  readonly labels: readonly string[];
}

export interface ValueView {
  readonly netPaid: number;
  readonly recent: number;
  readonly expected: number | null;
  readonly lifetime: number | null;
  readonly note: string;
  readonly costs: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly purchases: number | null;
  readonly activity: ActivityView | null;
  readonly model: string | null;
}

export interface VoiceAnswer {
  readonly id: string;
  readonly voice: SourceKey;
  readonly person?: string | null;
  readonly reason?: string | null;
}

export interface VoiceOfSection {
  readonly section: string | null;
  readonly title: string;
  readonly count: number;
  readonly rated: number;
  readonly rating: number | null;
}

export interface VoicePage {
  readonly open: number;
  readonly attributed: number;
  readonly total: number;
  readonly sections: readonly VoiceOfSection[];
  readonly voices: readonly VoiceView[];
  readonly next: string | null;
}

export interface VoicePerson {
  readonly id: string;
  readonly name: string;
}

export interface VoiceReceipt {
  readonly outcome: EventOutcome;
  readonly voice: VoiceView;
}

export interface VoiceView {
  readonly id: string;
  readonly key: SourceKey;
  readonly at: number;
  readonly type: string;
  readonly text: string;
  readonly words: string | null;
  readonly section: string | null;
  readonly channel: string | null;
  readonly site: string | null;
  readonly person: VoicePerson | null;
}

export interface WaitView {
  readonly section: string;
  readonly title: string;
  readonly place: number | null;
  readonly waiting: number;
  readonly since: number;
  readonly note: string | null;
}

export interface WatchAnswer {
  readonly topic: string;
  readonly epoch: number;
  readonly sequence: number;
}

/** What the hub says of each topic: a delta holds the changed top-level properties, and of tiles the changed ones. */
export type CardDelta = Partial<CardView>;
export type BoardDelta = Partial<BoardView>;
export type FlagsDelta = Partial<OpenFlagsView>;
