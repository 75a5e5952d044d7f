using System.Buffers;

namespace Vdi.Protocol.Wire;

[Flags]
public enum FrameFlags : byte
{
    None = 0,
    First = 1,
    Last = 2,
    Complete = 4,

    /// <summary>With this frame everything is exact: nothing of the picture is only near any more.</summary>
    Exact = 8,
}

/// <summary>One message of a frame; the first and the last say so.</summary>
public abstract record FrameMessage(uint Sequence, FrameFlags Flags)
{
    public const int MaxMessage = 64 * 1024;

    /// <summary>Bytes of the whole message.</summary>
    public abstract int Length { get; }

    public abstract void Write(IBufferWriter<byte> to);
}
