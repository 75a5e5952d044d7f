namespace Vdi.Protocol;

/// <summary>A peer broke its protocol: wrong length, unknown type, number out of range, or silence where an answer was due.
/// Caught once, by whoever owns the connection; the message names the protocol and what was wrong, never the bytes.</summary>
public sealed class ProtocolException : Exception
{
    public ProtocolException(string message) : base(message) { }

    public ProtocolException(string message, Exception inner) : base(message, inner) { }
}
