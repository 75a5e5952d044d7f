using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding.Video;

/// <summary>The videos of a screen: where they begin, go on and end. Times are in milliseconds.</summary>
internal sealed class VideoRegions(int width, int height) : IDisposable
{
    /// <summary>A video that has been quiet for so long has ended.</summary>
    private const long Quiet = 500;

    /// <summary>One that began less long ago does not begin anew because it grew a little.</summary>
    private const long Settled = 1000;

    /// <summary>Each costs a processor's time.</summary>
    private const int Most = 4;

    /// <summary>What OpenH264 takes, in macroblocks of 16 x 16 pixels (ITU-T H.264, table A-1, level 5.1).</summary>
    private const int MaxMacroblocks = 36_864;
    private readonly MotionMap _motion = new(width, height);
    private readonly List<VideoRegion> _live = [];
    private byte _streams;

    public IReadOnlyList<VideoRegion> Live => _live;

    /// <summary>Ends those that are quiet, and those of another quality than is wanted now.</summary>
    public void End(long now, int quantiser) => End(region => now - region.Changed > Quiet || region.Quantiser != quantiser);

    /// <summary>Ends all.</summary>
    public void Clear() => End(_ => true);

    /// <summary>Takes up a video that shows in these pixels of many colours, which were sent now.</summary>
    public void Saw(IReadOnlyList<Rectangle> photographs, double bitsPerSecond, int quantiser, long now)
    {
        if (photographs.Count == 0)
        {
            return;
        }

        _motion.Saw(photographs, now);
        foreach (var video in _motion.Videos(now, seen => Beside(seen).Any(region => now - region.Began > Settled)))
        {
            // One that lies over another, or beside it, takes its place.
            var area = Beside(video).Aggregate(video, (all, region) => all.Union(region.Area));
            _motion.Forget(area);
            End(region => !region.Area.Intersect(area).IsEmpty);
            if (_live.Count < Most && Macroblocks(area) <= MaxMacroblocks)
            {
                _live.Add(new VideoRegion(_streams++, area, bitsPerSecond, quantiser, now));
            }
        }
    }

    public void Dispose() => Clear();

    private static int Macroblocks(Rectangle area) => (area.Width + 15) / 16 * ((area.Height + 15) / 16);

    private IEnumerable<VideoRegion> Beside(Rectangle area) =>
        _live.Where(region => !region.Area.Intersect(new(area.X - Differ.Block, area.Y - Differ.Block, area.Width + (2 * Differ.Block), area.Height + (2 * Differ.Block))).IsEmpty);

    private void End(Predicate<VideoRegion> which)
    {
        _live.Where(region => which(region)).ToList().ForEach(region => region.Dispose());
        _live.RemoveAll(which);
    }
}
