using Vdi.Display.Encoding.Video;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Viewers;

/// <summary>Viewers of one screen who want the same: each change is encoded once and sent to all of them who have taken what came before; who has
/// not is sent later what it lacks then. Times are in milliseconds. Its owner keeps calls apart.</summary>
internal sealed class Audience(Wants wants, Focus focus) : IDisposable
{
    /// <summary>When nobody has taken anything for so long, the picture that differences are made to is put away; and given up where it is large
    /// even so.</summary>
    private const long Silence = 1000;
    private const int MostPut = 2 * 1024 * 1024;

    /// <summary>A video begins anew for those who lost it at most so often.</summary>
    private const long KeyEvery = 1000;
    private readonly List<Viewer> _viewers = [];
    private SentPicture? _sent;
    private PackedPicture? _packed;

    /// <summary>What may differ from what was sent.</summary>
    private Rectangle _dirty;

    /// <summary>Whether the last frame left something for the next.</summary>
    private bool _owes;

    public Wants Wants { get; private set; } = wants;

    public IReadOnlyList<Viewer> Viewers => _viewers;

    /// <summary>Whether a whole picture of its viewers' is held.</summary>
    public bool HoldsPicture => _sent is not null;

    public long? NextRefinement => _sent?.NextRefinement;

    public bool IsExact => _sent?.IsExact == true && _dirty.IsEmpty;

    public void Add(Viewer viewer) => _viewers.Add(viewer);

    public void Remove(Viewer viewer) => _viewers.Remove(viewer);

    /// <summary>Its only viewer wants something else now.</summary>
    public void Become(Wants wants) => Wants = wants;

    /// <summary>Its viewer, who wants something else, goes to others, who want that, or to nobody yet.</summary>
    public void Hand(Viewer viewer, Audience other)
    {
        _viewers.Remove(viewer);
        other._viewers.Add(viewer);
        if (viewer.Behind.All || Current() is not { } sent)
        {
            viewer.Behind.LoseAll();
            return;
        }

        if (other.Current() is not { } theirs)
        {
            (other._sent, other._dirty, other._owes) = (sent.Fork(), _dirty, _owes);
            return;
        }

        var size = theirs.Size;
        foreach (var area in sent.Lacks(theirs))
        {
            viewer.Behind.Lack(area, size);
        }

        viewer.Behind.Lose(theirs.Playing);
    }

    public void Damaged(Rectangle area, long now)
    {
        _dirty = _dirty.Union(area);
        if (_sent is { } sent && _viewers.TrueForAll(viewer => viewer.IsSilent(now, Silence)))
        {
            _packed = sent.Pack();
            _sent = null;
            if (_packed.Length > MostPut)
            {
                Forget();
            }
        }
    }

    /// <summary>Everybody must be sent everything.</summary>
    public void Forget()
    {
        _sent?.Dispose();
        (_sent, _packed, _dirty) = (null, null, default);
        _viewers.ForEach(viewer => viewer.Behind.LoseAll());
    }

    /// <summary>The next frame for one of the viewers; empty where there is nothing new. What is made for it is made for all.</summary>
    public Frame Next(Viewer viewer, Picture picture, long now)
    {
        var behind = viewer.Behind;
        if (behind.TakeReady() is { } ready)
        {
            return ready;
        }

        if (Current() is not { } sent)
        {
            return First(viewer, picture, now);
        }

        (sent.Quality, sent.Videos, sent.Focus) = (Wants.Quality, Wants.Videos, focus.Place);
        var made = sent.Next(picture, _dirty, now, Budget);
        if (_owes && made.IsEmpty)
        {
            // It has become again what viewers have, and they are told so with a part of it.
            sent.Doubt(_dirty);
        }

        (_dirty, _owes) = (made.Left, !made.Left.IsEmpty);
        if (_owes)
        {
            viewer.Signal();
        }

        Share(made, viewer, Size(picture));
        if (behind.All)
        {
            behind.HasAll(sent.Playing);
            Revive(sent, behind, now);
            return sent.Again(null, now, viewer.Budget);
        }

        var frame = With(made, behind.Take(made, Size(picture)));
        if (behind.Mend() is { Count: > 0 } areas)
        {
            frame.Add(sent.Again(areas, now, viewer.Budget));
        }

        Revive(sent, behind, now);
        return frame;
    }

    public void Dispose() => _sent?.Dispose();

    private double Budget => _viewers.Min(viewer => viewer.Budget);

    private static (int Width, int Height) Size(Picture picture) => (picture.Width, picture.Height);

    private static Frame With(Frame frame, List<FrameMessage> parts)
    {
        var own = new Frame { Complete = frame.Complete };
        own.Parts.AddRange(parts);
        return own;
    }

    private SentPicture? Current()
    {
        if (_packed is { } packed)
        {
            (_sent, _packed) = (packed.Unpack(), null);
        }

        return _sent;
    }

    /// <summary>The frame that everybody begins with.</summary>
    private Frame First(Viewer viewer, Picture picture, long now)
    {
        _sent = new SentPicture(picture.Width, picture.Height) { Quality = Wants.Quality, Videos = Wants.Videos };
        var all = _sent.Complete(picture, now, Budget);
        _dirty = default;
        foreach (var each in _viewers)
        {
            if (each == viewer || each.MayTake)
            {
                each.Behind.HasAll([]);
                if (each != viewer)
                {
                    each.Behind.Keep(all);
                    each.Signal();
                }
            }
        }

        return all;
    }

    private void Share(Frame made, Viewer first, (int Width, int Height) size)
    {
        if (made.IsEmpty)
        {
            return;
        }

        foreach (var other in _viewers)
        {
            if (other == first)
            {
                continue;
            }

            if (other.Behind.CanTake(made) && other.MayTake)
            {
                other.Behind.Keep(made);
                other.Signal();
            }
            else
            {
                other.Behind.Miss(made, size);
            }
        }
    }

    private static void Revive(SentPicture sent, Behind behind, long now)
    {
        foreach (var video in sent.Playing)
        {
            if (behind.Lost.Contains(video.Stream) && now - video.Keyed > KeyEvery)
            {
                video.MakeKey();
            }
        }
    }
}
