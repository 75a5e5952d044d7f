namespace Vdi.Emulator.Machines;

/// <summary>A machine could not do what was asked; the message says why, for people, with QEMU's own last words where it died.</summary>
public class MachineException : Exception
{
    public MachineException(string message) : base(message) { }

    public MachineException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>This computer is short of memory or disk just now; the message says of what, and what would help.</summary>
public sealed class ShortageException(string message) : MachineException(message);
