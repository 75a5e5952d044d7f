using Vdi.Display.Encoding;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Viewers;

/// <summary>What one viewer has been sent, and the next frame that takes it to what is on the screen. Times are in milliseconds.</summary>
internal sealed class SentPicture(int width, int height) : IDisposable
{
    /// <summary>An area that the viewer has only nearly is sent exactly once it has been still for so long.</summary>
    private const long Still = 200;

    /// <summary>Bytes of the line that making exact may use within a frame, as a share of a tenth of a second.</summary>
    private const double RefineShare = 0.5;
    private const int MinRefinePixels = 16 * 1024;
    private readonly Picture _shown = new(width, height);
    private readonly ChangeMap _map = new(width, height);
    private readonly FrameEncoder _encoder = new();

    /// <summary>What the person prefers.</summary>
    public Quality Quality { get; set; }

    public bool Fits(Picture picture) => (_shown.Width, _shown.Height) == (picture.Width, picture.Height);

    /// <summary>When there is something to make exact; null while all is.</summary>
    public long? NextRefinement => _map.Near > 0 ? _map.NextStill(Still) : null;

    /// <summary>The whole screen, whatever was sent.</summary>
    public List<byte[]> Complete(Picture picture, uint sequence, long now, double budget)
    {
        _map.SetExact(picture.Bounds);
        return Send(picture, [], Bands(picture.Bounds), new PhotoPolicy(_map, now, budget, Quality), sequence, complete: true);
    }

    /// <summary>What changed inside <paramref name="dirty"/>, and what is due to be made exact; empty where there is nothing.</summary>
    public List<byte[]> Next(Picture picture, Rectangle dirty, uint sequence, long now, double budget)
    {
        var (moves, areas) = dirty.IsEmpty ? ([], []) : Difference(picture, dirty);
        _map.Move(moves);
        areas.ForEach(area => _map.Changed(area, now));
        moves.ForEach(move => _map.Changed(move.To, now));
        if (areas.Count + moves.Count > 0)
        {
            return Send(picture, moves, areas, new PhotoPolicy(_map, now, budget, Quality), sequence, complete: false);
        }

        // Nothing new: time to make exact what is only near, a piece that the line takes at once.
        var pixels = (int)Math.Clamp(budget * RefineShare, MinRefinePixels, width * (double)height);
        var still = _map.Near > 0 ? _map.Still(now - Still, pixels) : [];
        return still.Count > 0 ? Send(picture, [], still, PhotoPolicy.Exact, sequence, complete: false) : [];
    }

    public void Dispose() => _encoder.Dispose();

    private List<byte[]> Send(Picture picture, List<Move> moves, List<Rectangle> areas, PhotoPolicy policy, uint sequence, bool complete)
    {
        var (parts, near) = _encoder.Encode(picture, moves, areas, policy);
        foreach (var area in areas)
        {
            picture.CopyTo(_shown, area);
            _map.SetExact(area);
        }

        near.ForEach(_map.SetNear);
        return FrameEncoder.Messages(parts, sequence, (complete ? FrameFlags.Complete : 0) | (_map.Near == 0 ? FrameFlags.Exact : 0));
    }

    /// <summary>What moved, which the viewer's picture has then, and what must be sent.</summary>
    private (List<Move> Moves, List<Rectangle> Areas) Difference(Picture picture, Rectangle dirty)
    {
        var blocks = Differ.FindBlocks(_shown, picture, dirty);
        var moves = MoveFinder.Find(_shown, picture, blocks);
        if (moves.Count > 0)
        {
            _shown.Move(moves);
        }

        return (moves, Differ.Find(_shown, picture, dirty));
    }

    /// <summary>Bands of a complete frame, so that plain ones become fills.</summary>
    private static List<Rectangle> Bands(Rectangle bounds)
    {
        var bands = new List<Rectangle>();
        for (var y = 0; y < bounds.Height; y += 64)
        {
            bands.Add(new Rectangle(0, y, bounds.Width, Math.Min(64, bounds.Height - y)));
        }

        return bands;
    }
}
