using Vdi.Display.Encoding;
using Vdi.Display.Encoding.Video;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Viewers;

/// <summary>What viewers have been sent, and the next frame that takes them to what is on the screen. Times are in milliseconds.</summary>
internal sealed class SentPicture : IDisposable
{
    /// <summary>An area that viewers have only nearly is sent exactly once it has been still for so long.</summary>
    private const long Still = 200;

    /// <summary>Bytes of the line that making exact may use, as a share of a tenth of a second: alone, and beside what is new.</summary>
    private const double RefineAlone = 0.5;
    private const double RefineBeside = 0.15;
    private const int MinRefinePixels = 16 * 1024;

    /// <summary>Of the line's bits what videos may take.</summary>
    private const double VideoShare = 0.7;
    private readonly Picture _shown;
    private readonly ChangeMap _map;
    private readonly FrameEncoder _encoder = new();
    private readonly VideoRegions _videos;

    public SentPicture(int width, int height) => (_shown, _map, _videos) = (new Picture(width, height), new ChangeMap(width, height), new VideoRegions(width, height));

    /// <summary>Goes on with what was sent before; both are its own from then on.</summary>
    public SentPicture(Picture shown, ChangeMap map) => (_shown, _map, _videos) = (shown, map, new VideoRegions(shown.Width, shown.Height));

    /// <summary>What the person prefers.</summary>
    public Quality Quality { get; set; }

    /// <summary>Whether viewers decode videos.</summary>
    public bool Videos { get; set; }

    /// <summary>Where the person looks; null where that is not known.</summary>
    public (int X, int Y)? Focus { get; set; }

    public IReadOnlyList<VideoRegion> Playing => _videos.Live;

    public (int Width, int Height) Size => (_shown.Width, _shown.Height);

    /// <summary>Nothing that was sent is only near.</summary>
    public bool IsExact => _map.Near == 0;

    /// <summary>When there is something to make exact; null while all is.</summary>
    public long? NextRefinement => _map.Near > 0 ? _map.NextStill(Still) : null;

    /// <summary>The whole screen, whatever was sent.</summary>
    public Frame Complete(Picture picture, long now, double budget)
    {
        _videos.Clear();
        _map.SetExact(picture.Bounds);
        var frame = new Frame { Complete = true };
        Encode(frame, picture, [], Bands(picture.Bounds), Policy(now, budget));
        return frame;
    }

    /// <summary>What changed inside <paramref name="dirty"/>, and what is due to be made exact; empty where there is nothing.</summary>
    /// <param name="budget">Bytes that the line takes in a tenth of a second.</param>
    public Frame Next(Picture picture, Rectangle dirty, long now, double budget)
    {
        var frame = new Frame();
        if (!dirty.IsEmpty)
        {
            Changes(frame, picture, dirty, now, budget);
        }

        if (_map.Near > 0)
        {
            // Alone a piece that the line takes at once; beside what is new, a little.
            var pixels = frame.IsEmpty ? Math.Clamp(budget * RefineAlone, MinRefinePixels, Math.Max(MinRefinePixels, _shown.Bounds.Area)) : Math.Min(budget * RefineBeside, _shown.Bounds.Area);
            Encode(frame, picture, [], _map.Still(now - Still, (int)pixels), PhotoPolicy.Exact);
        }

        return frame;
    }

    /// <summary>A corner of the area counts as only near, and so is sent again.</summary>
    public void Doubt(Rectangle area) => _map.SetNear(area with { Width = 1, Height = 1 });

    /// <summary>Areas again, for a viewer that lacks them; all of it where it lacks all. What others have only nearly they still have so.</summary>
    public Frame Again(List<Rectangle>? areas, long now, double budget)
    {
        var frame = new Frame { Complete = areas is null };
        var (parts, near) = _encoder.Encode(_shown, [], areas ?? Bands(_shown.Bounds), Policy(now, budget));
        near.ForEach(_map.SetNear);
        frame.Parts.AddRange(parts);
        return frame;
    }

    /// <summary>Where somebody who was sent this has not what those have who were sent another.</summary>
    public IEnumerable<Rectangle> Lacks(SentPicture other) => Differ.FindBlocks(_shown, other._shown, _shown.Bounds).Concat(_map.Still(long.MaxValue, int.MaxValue));

    /// <summary>The same picture, to be taken on by itself.</summary>
    public SentPicture Fork()
    {
        var copy = new Picture(_shown.Width, _shown.Height);
        _shown.CopyTo(copy, _shown.Bounds);
        return new SentPicture(copy, _map.Copy());
    }

    /// <summary>For as long as nobody takes anything: what it takes to go on later, in little memory. This one has ended.</summary>
    public PackedPicture Pack()
    {
        var packed = new PackedPicture(_shown, _map);
        Dispose();
        return packed;
    }

    public void Dispose()
    {
        _encoder.Dispose();
        _videos.Dispose();
    }

    private void Changes(Frame frame, Picture picture, Rectangle dirty, long now, double budget)
    {
        var (quantiser, bits) = (VideoCodec.Quantiser(Quality), Math.Min(budget * 80, int.MaxValue) * VideoShare);
        _videos.End(now, Videos ? quantiser : -1);
        var playing = _videos.Live.Where(video => Differ.Differs(_shown, picture, video.Area.Intersect(dirty))).ToList();
        var moves = FindMoves(picture, dirty);
        foreach (var video in playing)
        {
            picture.CopyTo(_shown, video.Area);
        }

        var areas = Differ.Find(_shown, picture, dirty);
        areas.ForEach(area => _map.Changed(area, now));
        moves.ForEach(move => _map.Changed(move.To, now));
        Encode(frame, picture, moves, areas, Policy(now, budget), budget);
        foreach (var video in playing)
        {
            frame.Parts.AddRange(video.Encode(picture, bits / playing.Count, now));
            frame.Touched.Add(video.Area);
            _map.Changed(video.Area, now);
            _map.SetNear(video.Area);
        }

        if (Videos && areas.Count > 0)
        {
            _videos.Saw([.. _encoder.Photographs.Where(tile => tile.Intersect(frame.Left).IsEmpty)], bits, quantiser, now);
        }
    }

    /// <summary>What moved, which viewers' pictures have then. What plays is not looked at: it would only be found by chance.</summary>
    private List<Move> FindMoves(Picture picture, Rectangle dirty)
    {
        IEnumerable<Rectangle> beside = [dirty];
        foreach (var video in _videos.Live)
        {
            beside = beside.SelectMany(area => area.Without(Differ.Align(video.Area, picture.Bounds)));
        }

        List<Rectangle> blocks = [.. beside.SelectMany(area => Differ.FindBlocks(_shown, picture, area))];
        var moves = MoveFinder.Find(_shown, picture, blocks);
        if (moves.Count > 0)
        {
            _shown.Move(moves);
            _map.Move(moves);
        }

        return moves;
    }

    private PhotoPolicy Policy(long now, double budget) => new(_map, now, budget, Quality, Videos);

    /// <param name="most">Bytes that the frame may have where it can be cut.</param>
    private void Encode(Frame frame, Picture picture, List<Move> moves, List<Rectangle> areas, PhotoPolicy policy, double most = double.MaxValue)
    {
        if (moves.Count + areas.Count == 0)
        {
            return;
        }

        var inPieces = Importance.Matters(areas, most);
        if (inPieces)
        {
            areas = Importance.Order(areas, Focus ?? (_shown.Width / 2, _shown.Height / 2));
        }

        var (parts, near) = _encoder.Encode(picture, moves, areas, policy, inPieces);
        if (inPieces && Leave(frame, parts, most))
        {
            areas = [.. parts.SelectMany(part => part.Areas)];
        }

        foreach (var area in areas)
        {
            picture.CopyTo(_shown, area);
            _map.SetExact(area);
        }

        near.ForEach(area => _map.SetNear(area));
        frame.Parts.AddRange(parts);
        frame.Moves.AddRange(moves);
        frame.Touched.AddRange(areas);
    }

    /// <summary>Takes out the parts that the line does not take now; all pictures of photographs stay, whose quality was chosen for the line. Whether there
    /// are any.</summary>
    private bool Leave(Frame frame, List<FramePart> parts, double most)
    {
        var left = new List<FramePart>();
        double bytes = parts.Sum(part => part.Images.Count > 0 ? part.Length : 0);
        foreach (var part in parts.Where(part => part.Images.Count == 0))
        {
            if (bytes > 0 && bytes + part.Length > most && part.Moves.Count == 0)
            {
                left.Add(part);
            }
            else
            {
                bytes += part.Length;
            }
        }

        foreach (var area in left.SelectMany(part => part.Areas))
        {
            _map.Owe(area);
            frame.Left = frame.Left.Union(area);
        }

        return parts.RemoveAll(left.Contains) > 0;
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
