using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Machines;

/// <summary>How long a machine may stay in a state that it should leave by itself. The host has shorter deadlines of its own for each
/// step; these end what even so does not move.</summary>
internal static class MachineDeadlines
{
    public static TimeSpan? Of(MachineState state) => state switch
    {
        // A template may have to be made first.
        MachineState.Requested => TimeSpan.FromMinutes(20),
        MachineState.Forking => TimeSpan.FromMinutes(2),
        MachineState.Booting => TimeSpan.FromMinutes(3),

        // The host goes on trying, for it is not desired; but its session ends, and the administrator sees why.
        MachineState.Recycling => TimeSpan.FromMinutes(5),
        _ => null,
    };

    /// <summary>A machine that was not woken by then sleeps on, and its person is told why.</summary>
    public static TimeSpan Waking { get; } = TimeSpan.FromMinutes(2);
}
