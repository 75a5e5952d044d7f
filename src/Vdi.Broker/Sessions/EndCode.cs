namespace Vdi.Broker.Sessions;

/// <summary>Why sessions end, as codes for programs and translation.</summary>
internal static class EndCode
{
    public const string ByUser = "ended-by-user";
    public const string ByHelper = "ended-by-helper";
    public const string Reset = "was-reset";
    public const string LeftTooLong = "left-too-long";
    public const string TooLong = "session-too-long";
    public const string NoMachine = "no-machine";
    public const string MachineFailed = "machine-failed";
    public const string WakeFailed = "wake-failed";
    public const string AppClosed = "app-closed";
    public const string AppFailed = "app-failed";
    public const string NotAllowed = "no-longer-allowed";
}
