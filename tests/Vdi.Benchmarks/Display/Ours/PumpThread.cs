using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Vdi.Benchmarks.Display.Ours;

/// <summary>One thread that runs whatever is awaited on it, so that its processor time is that of the work.</summary>
internal sealed partial class PumpThread : SynchronizationContext, IDisposable
{
    private readonly BlockingCollection<(SendOrPostCallback Work, object? State)> _work = [];
    private readonly TaskCompletionSource<int> _id = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;

    public PumpThread()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "pump" };
        _thread.Start();
        _id.Task.Wait();
    }

    /// <summary>Processor time of the thread so far, in seconds.</summary>
    public double ProcessorSeconds
    {
        get
        {
            // The clock of one thread: linux/posix-timers.h, CPUCLOCK_PERTHREAD_MASK and CPUCLOCK_SCHED.
            var clock = (~_id.Task.Result << 3) | 4 | 2;
            return clock_gettime(clock, out var time) == 0 ? time.Seconds + (time.Nanoseconds / 1e9) : throw new InvalidOperationException("The thread's clock cannot be read");
        }
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        try
        {
            _work.Add((d, state));
        }
        catch (InvalidOperationException)
        {
            // It is over: nobody waits for this any more.
        }
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs <paramref name="work"/>, and what it awaits, on the thread.</summary>
    public Task RunAsync(Func<Task> work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(
            async _ =>
            {
                try
                {
                    await work();
                    done.SetResult();
                }
                catch (Exception e)
                {
                    done.SetException(e);
                }
            },
            null);
        return done.Task;
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Run()
    {
        SetSynchronizationContext(this);
        _id.SetResult(gettid());
        foreach (var (work, state) in _work.GetConsumingEnumerable())
        {
            work(state);
        }
    }

    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc")]
    private static partial int gettid();

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out Time time);
}
