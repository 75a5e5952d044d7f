using Vdi.Protocol;
using Vdi.Protocol.Wire;

namespace Vdi.Host.Desktops;

/// <summary>Who looks at which session: one connection a session, and only so many of a user and of a machine.</summary>
internal sealed class DesktopViews(Admissions admissions, HostOptions options)
{
    private readonly Dictionary<Guid, DesktopView> _views = [];
    private readonly Lock _lock = new();

    /// <summary>Sessions that somebody looks at.</summary>
    public IReadOnlyList<Guid> Sessions
    {
        get
        {
            lock (_lock)
            {
                return [.. _views.Keys];
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

    /// <summary>The view takes its session's place, and the one that had it is told.</summary>
    /// <exception cref="ProtocolException">There are too many, or the session was revoked or taken over meanwhile.</exception>
    public void Open(DesktopView view)
    {
        var admit = view.Admit;
        DesktopView? earlier;
        lock (_lock)
        {
            // Under the lock: whoever is newer opens later, and whoever revokes looks for views afterwards.
            if (!admissions.IsNewest(admit.Session, view.SecretHash))
            {
                throw new ProtocolException("wire: the desktop was opened in another window, or was ended");
            }

            var others = _views.Values.Where(other => other.Admit.Session != admit.Session).ToList();
            if (others.Count(other => other.Admit.User == admit.User) >= options.MaxScreensPerUser)
            {
                throw new ProtocolException($"wire: {options.MaxScreensPerUser} desktops are open already, close one of them first");
            }

            if (others.Count(other => other.Admit.Machine == admit.Machine) >= options.MaxScreensPerMachine)
            {
                throw new ProtocolException($"wire: {options.MaxScreensPerMachine} people look at this desktop already, one of them must leave first");
            }

            _views.TryGetValue(admit.Session, out earlier);
            _views[admit.Session] = view;
        }

        earlier?.Viewer.Say(new Bye(ByeReason.TakenOver, "The desktop was opened in another window"));
    }

    /// <summary>False where it was not there any more: another one has taken over, or it was closed before.</summary>
    public bool Close(DesktopView view)
    {
        lock (_lock)
        {
            return _views.TryGetValue(view.Admit.Session, out var open) && open == view && _views.Remove(view.Admit.Session);
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

    /// <summary>Seconds since the last key or pointer of each session that somebody looks at.</summary>
    public IReadOnlyDictionary<Guid, int> Idle(DateTimeOffset now)
    {
        lock (_lock)
        {
            return _views.ToDictionary(view => view.Key, view => (int)Math.Max(0, (now - view.Value.Used).TotalSeconds));
        }
    }

    /// <summary>Shows words to whoever looks at the session.</summary>
    public void Say(Guid session, Notice notice)
    {
        lock (_lock)
        {
            if (_views.TryGetValue(session, out var view))
            {
                view.Viewer.Say(notice);
            }
        }
    }

    /// <summary>Tells whoever looks at the session, and the stream ends.</summary>
    public void End(Guid session, Bye bye) => End(view => view.Admit.Session == session, bye);

    /// <summary>Tells whoever looks at the machine by a right older than the epoch, and their streams end.</summary>
    public void EndMachine(Guid machine, long epoch, Bye bye) => End(view => view.Admit.Machine == machine && view.Admit.Epoch < epoch, bye);

    public void EndAll(Bye bye) => End(_ => true, bye);

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
