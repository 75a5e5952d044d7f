using Vdi.Display.Encoding;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Viewers;

/// <summary>One frame, encoded, before it has a number.</summary>
internal sealed class Frame
{
    public List<FrameMessage> Parts { get; } = [];

    public List<Move> Moves { get; } = [];

    /// <summary>What it changes, moves apart.</summary>
    public List<Rectangle> Touched { get; } = [];

    /// <summary>What the line did not take: as it was for the viewers, and due in the next frame.</summary>
    public Rectangle Left { get; set; }

    /// <summary>Whether it is the whole screen.</summary>
    public bool Complete { get; init; }

    public bool IsEmpty => Parts.Count == 0;

    /// <summary>What comes behind it in the same frame.</summary>
    public void Add(Frame more)
    {
        Parts.AddRange(more.Parts);
        Touched.AddRange(more.Touched);
    }

    /// <param name="exact">Whether a viewer that has it has nothing any more that is only near.</param>
    public List<byte[]> Messages(uint sequence, bool exact) => FrameEncoder.Messages(Parts, sequence, (Complete ? FrameFlags.Complete : 0) | (exact ? FrameFlags.Exact : 0));
}
