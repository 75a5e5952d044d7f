namespace Vdi.Emulator.Templates;

/// <summary>What the making of a template waits for, in its order and for people.</summary>
public static class TemplateStep
{
    public const string Start = "starting the machine";
    public const string Agent = "waiting for the guest agent";
    public const string Desktop = "waiting for the desktop";
    public const string App = "opening the application";
    public const string Still = "waiting until the screen is painted and still";
    public const string Save = "saving the machine";
    public const string Prove = "trying a first fork";
}
