namespace Vdi.Protocol.Apps;

/// <summary>What the keeper of a guest's application says. It comes from the guest, and is to be shown as text only.</summary>
public abstract record AppMessage;

/// <summary>The title of the window in front.</summary>
public sealed record AppTitle(string Text) : AppMessage;

/// <summary>How many windows there are, dialogs among them.</summary>
public sealed record AppWindows(int Count) : AppMessage;

/// <summary>The program ended and its last window is closed.</summary>
/// <param name="Code">What it ended with; 0 means well.</param>
/// <param name="Signal">The signal that ended it; 0 for none.</param>
/// <param name="Output">The last that it said.</param>
public sealed record AppEnded(int Code, int Signal, string Output) : AppMessage
{
    public bool IsWell => Code == 0 && Signal == 0;

    /// <summary>How it ended, for people.</summary>
    public string How => (Signal, Code) switch
    {
        (> 0, _) => $"it was ended by signal {Signal}",
        (_, 127) => "there is no such program in the image",
        (_, 126) => "it cannot be run",
        _ => $"it ended with code {Code}",
    };
}
