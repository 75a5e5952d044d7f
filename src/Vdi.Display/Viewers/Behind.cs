using Vdi.Display.Encoding;
using Vdi.Display.Encoding.Video;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Viewers;

/// <summary>What one viewer lacks of what its audience has been sent.</summary>
internal sealed class Behind
{
    private readonly HashSet<byte> _lost = [];
    private BlockSet? _missed;

    /// <summary>It lacks everything: it is new, or asked for all.</summary>
    public bool All { get; private set; } = true;

    /// <summary>Made when it was another's turn, for this one as well; the next that it takes.</summary>
    public Frame? Ready { get; private set; }

    /// <summary>It has every pixel as its audience was sent it; of a video it may miss what comes before the next key picture.</summary>
    public bool HasPicture => !All && Ready is null && _missed?.IsEmpty != false;

    /// <summary>Videos whose pictures it cannot decode before a key picture comes.</summary>
    public IReadOnlyCollection<byte> Lost => _lost;

    /// <summary>Whether it can take a frame that is made for another: it has what came before, and of videos that it lost the frame begins anew.</summary>
    public bool CanTake(Frame frame) => HasPicture && frame.Parts.OfType<VideoPart>().All(part => !_lost.Contains(part.Stream) || part.Video.HasFlag(VideoFlags.Key));

    /// <summary>A frame that it can take waits for it.</summary>
    public void Keep(Frame frame)
    {
        Ready = frame;
        _lost.ExceptWith(frame.Parts.OfType<VideoPart>().Select(part => part.Stream));
    }

    /// <summary>The frame that waited, whole: what it has lost since comes after. Null where none did.</summary>
    public Frame? TakeReady()
    {
        var ready = Ready;
        Ready = null;
        return ready;
    }

    /// <summary>It must be sent everything.</summary>
    public void LoseAll()
    {
        (All, Ready, _missed) = (true, null, null);
        _lost.Clear();
    }

    /// <summary>It has been sent everything; videos that play it can join at their next key picture.</summary>
    public void HasAll(IEnumerable<VideoRegion> playing)
    {
        (All, _missed) = (false, null);
        Lose(playing);
    }

    /// <summary>It cannot decode these videos before a key picture comes.</summary>
    public void Lose(IEnumerable<VideoRegion> playing)
    {
        _lost.Clear();
        _lost.UnionWith(playing.Select(video => video.Stream));
    }

    /// <summary>A frame went to others only.</summary>
    public void Miss(Frame frame, (int Width, int Height) size)
    {
        if (All)
        {
            return;
        }

        frame.Touched.ForEach(area => Lack(area, size));
        frame.Moves.ForEach(move => Lack(move.To, size));
        _lost.UnionWith(frame.Parts.OfType<VideoPart>().Select(part => part.Stream));
    }

    public void Lack(Rectangle area, (int Width, int Height) size) => (_missed ??= new BlockSet(size.Width, size.Height)).Add(area);

    /// <summary>What of a frame it can take. What came there from where it lacks something, it lacks then, too.</summary>
    public List<FrameMessage> Take(Frame frame, (int Width, int Height) size)
    {
        if (_missed is { IsEmpty: false } missed)
        {
            frame.Moves.Where(move => missed.Touches(new Rectangle(move.FromX, move.FromY, move.To.Width, move.To.Height))).ToList().ForEach(move => missed.Add(move.To));
        }

        if (_lost.Count == 0)
        {
            return frame.Parts;
        }

        var parts = new List<FrameMessage>();
        foreach (var part in frame.Parts)
        {
            if (part is VideoPart video && _lost.Contains(video.Stream))
            {
                if (!video.Video.HasFlag(VideoFlags.Key))
                {
                    Lack(video.Area, size);
                    continue;
                }

                _lost.Remove(video.Stream);
            }

            parts.Add(part);
        }

        return parts;
    }

    /// <summary>The areas that it lacks, which it is sent now.</summary>
    public List<Rectangle> Mend()
    {
        var areas = _missed?.Rectangles() ?? [];
        _missed = null;
        return areas;
    }
}
