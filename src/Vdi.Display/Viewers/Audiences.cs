using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Viewers;

/// <summary>All viewers of a screen, by what they want. Its owner keeps calls apart; times are in milliseconds.</summary>
internal sealed class Audiences
{
    private readonly List<Audience> _all = [];

    /// <summary>Where whoever uses the screen looks.</summary>
    public Focus Focus { get; } = new();

    public IEnumerable<Viewer> Viewers => _all.SelectMany(audience => audience.Viewers);

    public Audience? Of(Viewer viewer) => _all.Find(audience => audience.Viewers.Contains(viewer));

    public void Add(Viewer viewer) => For(viewer.Wants).Add(viewer);

    public void Remove(Viewer viewer)
    {
        if (Of(viewer) is { } audience)
        {
            audience.Remove(viewer);
            EndIfEmpty(audience);
        }
    }

    /// <summary>Pixels changed inside of an area.</summary>
    public void Damaged(Rectangle area, long now)
    {
        Focus.Damaged(area, now);
        foreach (var audience in _all)
        {
            audience.Damaged(area, now);
            foreach (var viewer in audience.Viewers)
            {
                viewer.Signal();
            }
        }
    }

    /// <summary>Everybody must be sent everything.</summary>
    public void Forget() => _all.ForEach(audience => audience.Forget());

    /// <summary>The next frame for a viewer, and whether nothing that it has then is only near.</summary>
    public (Frame Frame, bool Exact) Next(Viewer viewer, Picture picture, long now)
    {
        var audience = Settle(viewer);
        var frame = audience.Next(viewer, picture, now);
        return (frame, audience.IsExact && viewer.Behind.HasPicture);
    }

    /// <summary>Where the viewer belongs, by what it wants now.</summary>
    private Audience Settle(Viewer viewer)
    {
        var (audience, wants) = (Of(viewer)!, viewer.Wants);
        if (audience.Wants == wants || viewer.Behind.Ready is not null)
        {
            return audience;
        }

        if (audience.Viewers.Count == 1 && !_all.Exists(other => other.Wants == wants))
        {
            audience.Become(wants);
            return audience;
        }

        var other = For(wants);
        audience.Hand(viewer, other);
        EndIfEmpty(audience);
        return other;
    }

    private Audience For(Wants wants)
    {
        if (_all.Find(audience => audience.Wants == wants) is not { } found)
        {
            _all.Add(found = new Audience(wants, Focus));
        }

        return found;
    }

    private void EndIfEmpty(Audience audience)
    {
        if (audience.Viewers.Count == 0)
        {
            audience.Dispose();
            _all.Remove(audience);
        }
    }
}
