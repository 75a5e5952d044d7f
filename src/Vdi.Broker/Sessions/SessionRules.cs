using Vdi.Broker.Pools;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Broker.Sessions;

/// <summary>What is to be done with a session now.</summary>
/// <param name="Change">Of its row.</param>
/// <param name="End">Why it ends, where it does.</param>
/// <param name="Message">What its host is told.</param>
internal sealed record Verdict(Action<SessionRow>? Change = null, (string Code, string Reason)? End = null, FleetMessage? Message = null);

/// <summary>A session's life by its pool's policy: pure, so that every case can be tested.</summary>
internal static class SessionRules
{
    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan QueueDeadline = TimeSpan.FromMinutes(10);

    private const double VisitorReturnsMinutes = 3;

    /// <summary>Before the end of the longest session.</summary>
    private static readonly TimeSpan EndWarning = TimeSpan.FromMinutes(5);

    /// <summary>A report of who looks at what says nothing of sessions that changed while it was on its way.</summary>
    private static readonly TimeSpan ReportAge = TimeSpan.FromSeconds(3);

    /// <summary>Null where nothing is to be done.</summary>
    /// <param name="viewed">Whether its host says that somebody looks at it.</param>
    /// <param name="idle">Seconds since the last key or pointer, where its host says so.</param>
    public static Verdict? Judge(SessionRow session, PoolPolicy policy, bool viewed, int? idle, DateTimeOffset now) =>
        OutOfTime(session, policy, now) ?? Healed(session, viewed, now) ?? (session.State switch
        {
            SessionState.Queued when now - session.Since > QueueDeadline => new Verdict(End: (EndCode.NoMachine, $"no machine became ready within {QueueDeadline.TotalMinutes:0} minutes")),
            SessionState.Preparing when now - session.Since > QueueDeadline => new Verdict(End: (EndCode.WakeFailed, $"its machine was not woken within {QueueDeadline.TotalMinutes:0} minutes")),
            SessionState.Connecting when now - session.Since > ConnectDeadline => new Verdict(row => row.Move(SessionState.Disconnected, "the browser did not come", now)),
            SessionState.Disconnected when LogOffAfter(session, policy) is { } minutes && now - session.Since > TimeSpan.FromMinutes(minutes) =>
                new Verdict(End: (EndCode.LeftTooLong, $"nobody came back within {minutes:0.##} minutes")),
            SessionState.Connected when idle is { } seconds && policy.IdleMinutes is { } most => Idle(session, policy, seconds, (int)(most * 60), now),
            _ => null,
        });

    /// <summary>A visitor who closed the page has nothing to come back with.</summary>
    private static double? LogOffAfter(SessionRow session, PoolPolicy policy) =>
        session.LinkId is null ? policy.LogOffAfterMinutes : Math.Min(policy.LogOffAfterMinutes ?? double.MaxValue, VisitorReturnsMinutes);

    private static Verdict? Healed(SessionRow session, bool viewed, DateTimeOffset now) => session.MachineId is null || session.Since >= now - ReportAge ? null
        : session.State switch
        {
            SessionState.Connected when !viewed => new Verdict(row => row.Move(SessionState.Disconnected, "nobody is looking at it", now)),
            SessionState.Connecting or SessionState.Disconnected when viewed => new Verdict(row => row.Come(now)),
            _ => null,
        };

    private static Verdict? OutOfTime(SessionRow session, PoolPolicy policy, DateTimeOffset now)
    {
        var most = policy.LongestHours is { } hours && session.Seen is { } seen ? seen + TimeSpan.FromHours(hours) : DateTimeOffset.MaxValue;
        var end = session.Until is { } until && until < most ? until : most;
        if (end == DateTimeOffset.MaxValue)
        {
            return null;
        }

        if (end <= now)
        {
            var length = end == most ? $"{policy.LongestHours:0.##} hours" : $"{(end - session.Created).TotalMinutes:0.#} minutes";
            return new Verdict(End: (EndCode.TooLong, $"it lasted the {length} that one may"), Message: new Revoke(session.Id, ByeReason.SessionEnded, $"A session lasts at most {length}"));
        }

        return end - now <= EndWarning && session.State == SessionState.Connected && session.Warned != end
            ? new Verdict(row => row.Warned = end, Message: new Tell(session.Id, NoticeKind.Ending, (int)(end - now).TotalSeconds, ""))
            : null;
    }

    private static Verdict? Idle(SessionRow session, PoolPolicy policy, int seconds, int most, DateTimeOffset now)
    {
        if (seconds >= most)
        {
            return new Verdict(row => row.Move(SessionState.Disconnected, "nothing was done in it for a while", now), Message: new Revoke(session.Id, ByeReason.Idle, $"Nothing was done for {most / 60.0:0.##} minutes"));
        }

        return seconds >= most - policy.IdleWarnSeconds && !(session.Warned > now - TimeSpan.FromSeconds(seconds))
            ? new Verdict(row => row.Warned = now, Message: new Tell(session.Id, NoticeKind.Idle, most - seconds, ""))
            : null;
    }
}
