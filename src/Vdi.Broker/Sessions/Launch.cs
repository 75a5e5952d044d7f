using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Sessions;

/// <summary>How somebody wants a machine.</summary>
/// <param name="Another">Whether one more is wanted beside those that run.</param>
/// <param name="Request">Of a request that may be sent again by somebody who does not know whether it was carried out: its session bears this id, and is made once.</param>
/// <param name="WithoutHome">Whether none of the person's files are wanted in it.</param>
/// <param name="App">What its application is to be started as, where something was said for its parameters; null for as it is.</param>
/// <param name="Visit">Of somebody who came by a link, without signing in; null for people.</param>
internal sealed record Launch(bool Another = false, Guid? Request = null, bool WithoutHome = false, MachineApp? App = null, Visit? Visit = null);

/// <param name="Hash">SHA-256 of the secret by which the visitor comes back to the session.</param>
/// <param name="Until">When it ends at the latest; null for what the pool says.</param>
internal sealed record Visit(Guid Link, string Hash, DateTimeOffset? Until);
