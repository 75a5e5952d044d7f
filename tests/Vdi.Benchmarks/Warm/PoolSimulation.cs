using Vdi.Broker.Pools.Warm;

namespace Vdi.Benchmarks.Warm;

/// <summary>One launch as it went: when it began and how long until it had a machine, in seconds.</summary>
internal readonly record struct Served(double At, double Waited);

/// <summary>A pool as the broker keeps it, without any computer: ready machines are given out at once, who finds none waits in line for a
/// fork; forks take turns at the pace; as many are asked for as the rule says, and what is above that is given up.</summary>
internal sealed class PoolSimulation(ForkPace pace, int capacity)
{
    /// <summary>Seconds between two looks of the broker at its pools.</summary>
    public const double BrokerPass = 1;

    private readonly PriorityQueue<double, double> _ending = new();
    private readonly Queue<double> _forking = new();
    private readonly Queue<double> _starting = new();
    private readonly Queue<double> _waiting = new();
    private readonly Queue<double> _uses = new();
    private double _now;
    private int _requested;
    private int _ready;
    private int _used;

    public List<Served> Launches { get; } = [];

    /// <summary>Seconds that machines stood ready with nobody at them, by day.</summary>
    public Dictionary<int, double> IdleSeconds { get; } = [];

    public int Forked { get; private set; }

    /// <summary>Runs the whole trace. <paramref name="level"/> is asked for the reserve every
    /// <paramref name="pause"/> seconds; <paramref name="launched"/> hears each
    /// launch when it begins, and <paramref name="served"/> when it has its machine.</summary>
    public void Run(IReadOnlyList<TracedLaunch> trace, Func<double, int> level, double pause, Action<double>? launched = null, Action<Served>? served = null)
    {
        var (next, pass, wanted) = (0, 0.0, 0);
        var end = trace[^1].At + 86400;
        while (pass < end)
        {
            var fork = _forking.TryPeek(out var turned) ? turned : double.MaxValue;
            var start = _starting.TryPeek(out var started) ? started : double.MaxValue;
            var leave = _ending.TryPeek(out _, out var leaves) ? leaves : double.MaxValue;
            var launch = next < trace.Count ? trace[next].At : double.MaxValue;
            var at = Math.Min(Math.Min(Math.Min(fork, start), leave), Math.Min(launch, pass));
            Advance(at);
            if (at == fork)
            {
                _forking.Dequeue();
                _starting.Enqueue(at + pace.AfterSeconds);
            }
            else if (at == start)
            {
                _starting.Dequeue();
                _ready++;
                Forked++;
                Give(served);
            }
            else if (at == leave)
            {
                _ending.Dequeue();
                _used--;
            }
            else if (at == launch)
            {
                launched?.Invoke(at);
                Begin(trace[next++], served);
            }
            else
            {
                wanted = level(at);
                pass += pause;
            }

            Fill(wanted);
        }
    }

    private void Advance(double at)
    {
        if (_ready > 0 && at > _now)
        {
            var day = (int)(_now / 86400);
            IdleSeconds[day] = IdleSeconds.GetValueOrDefault(day) + (_ready * (at - _now));
        }

        _now = at;
    }

    private void Begin(TracedLaunch launch, Action<Served>? served)
    {
        _uses.Enqueue(launch.Use);
        _waiting.Enqueue(launch.At);
        Give(served);
    }

    private void Give(Action<Served>? served)
    {
        while (_ready > 0 && _waiting.TryDequeue(out var since))
        {
            _ready--;
            _used++;
            _ending.Enqueue(0, _now + _uses.Dequeue());
            var launch = new Served(since, _now - since);
            Launches.Add(launch);
            served?.Invoke(launch);
        }
    }

    private void Fill(int wanted)
    {
        var free = _requested + _forking.Count + _starting.Count + _ready;
        var needed = Math.Min(wanted + _waiting.Count, capacity - _used);
        _requested += Math.Max(0, needed - free);

        // Wishes first, then machines; a fork that has begun is not stopped.
        var excess = Math.Max(0, free - needed);
        var dropped = Math.Min(excess, _requested);
        _requested -= dropped;
        _ready -= Math.Clamp(excess - dropped, 0, _ready);
        while (_requested > 0 && _forking.Count < pace.Parallel)
        {
            _requested--;
            _forking.Enqueue(_now + pace.TurnSeconds);
        }
    }
}
