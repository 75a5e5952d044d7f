using Vdi.Protocol;
using Vdi.Protocol.Wire;

namespace Vdi.Host.Desktops;

/// <summary>Who looks at which session: one connection to each of its monitors, and only so many sessions of a user and of a machine.</summary>
internal sealed class DesktopViews(Admissions admissions, HostOptions options)
{
    private readonly Dictionary<(Guid Session, int Head), DesktopView> _views = [];
    private readonly Lock _lock = new();

    /// <summary>Sessions that somebody looks at.</summary>
    public IReadOnlyList<Guid> Sessions
    {
        get
        {
            lock (_lock)
            {
                return [.. _views.Keys.Select(key => key.Session).Distinct()];
            }
        }
    }

    /// <summary>Milliseconds to each viewer and back; 0 where nothing is known.</summary>
    public IReadOnlyList<double> RoundTrips
    {
        get
        {
            lock (_lock)
            {
                return [.. _views.Values.Select(view => view.Viewer.RoundTrip)];
            }
        }
    }

    /// <summary>The view takes the place of its session and monitor, and the one that had it is told. Where that was the first monitor's, and another window
    /// than before takes it, the others go with it.</summary>
    /// <param name="cameBack">Whether it is the same window as before.</param>
    /// <exception cref="ProtocolException">There are too many, or the session was revoked or taken over meanwhile.</exception>
    public void Open(DesktopView view, bool cameBack)
    {
        var admit = view.Admit;
        DesktopView? earlier;
        lock (_lock)
        {
            // Under the lock: whoever is newer opens later, and whoever revokes looks for views afterwards.
            if (!admissions.IsNewest(admit.Session, view.SecretHash, admit.Head))
            {
                throw new ProtocolException("wire: the desktop was opened in another window, or was ended");
            }

            var others = _views.Values.Where(other => other.Admit.Session != admit.Session).DistinctBy(other => other.Admit.Session).ToList();
            if (others.Count(other => other.Admit.User == admit.User) >= options.MaxScreensPerUser)
            {
                throw new ProtocolException($"wire: {options.MaxScreensPerUser} desktops are open already, close one of them first");
            }

            if (others.Count(other => other.Admit.Machine == admit.Machine) >= options.MaxScreensPerMachine)
            {
                throw new ProtocolException($"wire: {options.MaxScreensPerMachine} people look at this desktop already, one of them must leave first");
            }

            _views.TryGetValue((admit.Session, admit.Head), out earlier);
            _views[(admit.Session, admit.Head)] = view;
        }

        var bye = new Bye(ByeReason.TakenOver, "The desktop was opened in another window");
        earlier?.Viewer.Say(bye);
        if (earlier is not null && admit.Head == 0 && !cameBack)
        {
            EndOthers(admit.Session, bye);
        }
    }

    /// <summary>False where it was not there any more: another one has taken over, or it was closed before.</summary>
    public bool Close(DesktopView view)
    {
        lock (_lock)
        {
            return Find(view.Admit.Session, view.Admit.Head) == view && _views.Remove((view.Admit.Session, view.Admit.Head));
        }
    }

    /// <summary>Those who look at the machine.</summary>
    public IReadOnlyList<DesktopView> Of(Guid machine)
    {
        lock (_lock)
        {
            return [.. _views.Values.Where(view => view.Admit.Machine == machine)];
        }
    }

    /// <summary>Who looks at that monitor of the session; null where nobody does.</summary>
    public DesktopView? Find(Guid session, int head)
    {
        lock (_lock)
        {
            return _views.GetValueOrDefault((session, head));
        }
    }

    /// <summary>Seconds since the last key or pointer of each session that somebody looks at.</summary>
    public IReadOnlyDictionary<Guid, int> Idle(DateTimeOffset now)
    {
        lock (_lock)
        {
            return _views.Values.GroupBy(view => view.Admit.Session).ToDictionary(views => views.Key, views => (int)Math.Max(0, (now - views.Max(view => view.Used)).TotalSeconds));
        }
    }

    /// <summary>Shows words to whoever looks at the session.</summary>
    public void Say(Guid session, Notice notice) => Say(view => view.Admit.Session == session, notice);

    /// <summary>The same for whoever looks at the machine.</summary>
    public void SayAtMachine(Guid machine, Notice notice) => Say(view => view.Admit.Machine == machine, notice);

    /// <summary>Tells whoever looks at the session, and the stream ends.</summary>
    public void End(Guid session, Bye bye) => End(view => view.Admit.Session == session, bye);

    /// <summary>The same where it is another monitor than the first.</summary>
    public void EndOthers(Guid session, Bye bye) => End(view => view.Admit.Session == session && view.Admit.Head > 0, bye);

    /// <summary>Tells whoever looks at the machine by a right older than the epoch, and their streams end.</summary>
    public void EndMachine(Guid machine, long epoch, Bye bye) => End(view => view.Admit.Machine == machine && view.Admit.Epoch < epoch, bye);

    public void EndAll(Bye bye) => End(_ => true, bye);

    private void Say(Func<DesktopView, bool> which, Notice notice)
    {
        lock (_lock)
        {
            foreach (var view in _views.Values.Where(which))
            {
                view.Viewer.Say(notice);
            }
        }
    }

    private void End(Func<DesktopView, bool> which, Bye bye)
    {
        lock (_lock)
        {
            foreach (var view in _views.Values.Where(which))
            {
                view.Viewer.Say(bye);
            }
        }
    }
}
