using System.Collections.Concurrent;
using Vdi.Emulator;
using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Images;

/// <summary>Where images are made on this host: does what the broker orders, once, and tells how far it is; keeps the editing machines.</summary>
internal sealed partial class ImageWorkshop(ImageTools tools, EditedMachines edited, ImageWorks works, JobFolder kept, TimeProvider time, ILogger<ImageWorkshop> log) : IAsyncDisposable
{
    private static readonly TimeSpan Sweep = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<Guid, Job> _jobs = new();

    /// <summary>One that takes everything for minutes, and another that need not wait for it.</summary>
    private readonly SemaphoreSlim _heavy = new(2);
    private readonly CancellationTokenSource _stopping = new();
    private (DateTimeOffset At, IReadOnlyList<HostRecipe> Recipes) _recipes = (DateTimeOffset.MinValue, []);
    private Task _sweeping = Task.CompletedTask;

    public EditedMachines Edited => edited;

    /// <summary>Called after every change.</summary>
    public Action? Changed
    {
        get => edited.Changed;
        set => edited.Changed = value;
    }

    public async Task AdoptAsync(CancellationToken stop)
    {
        foreach (var job in kept.All())
        {
            _jobs[job.Id] = new Job(job);
        }

        await edited.AdoptAsync(stop);
        _sweeping = SweepAsync(_stopping.Token);
    }

    /// <summary>Begins what is ordered for the first time, ends what is cancelled, and forgets outcomes that the broker has heard.</summary>
    public void Heed(DesiredState desired)
    {
        edited.Heed(desired.Edits ?? []);
        var orders = (desired.Orders ?? []).ToDictionary(order => order.Id);
        if (desired.Uploads is { } wanted)
        {
            tools.Transfers.KeepOnly(wanted.Concat(orders.Values.Select(order => order.Work).OfType<ImportImage>().Select(import => import.Upload)).ToHashSet());
        }

        foreach (var (id, job) in _jobs)
        {
            if (!orders.ContainsKey(id))
            {
                // Nobody waits for it any more.
                job.Cancel();
                if (job.IsOver && _jobs.TryRemove(id, out _))
                {
                    kept.Forget(id);
                }
            }
        }

        foreach (var order in orders.Values)
        {
            var job = _jobs.GetOrAdd(order.Id, id => new Job(new ImageJob(id, JobState.Waiting, "waits for its turn")));
            if (order.Cancelled)
            {
                job.Cancel();
            }

            if (job.TryBegin())
            {
                job.Running = RunAsync(job, order);
            }
        }
    }

    public HostWorkshop Describe()
    {
        // Reading all recipes is nothing for every second.
        if (time.GetUtcNow() - _recipes.At > TimeSpan.FromSeconds(30))
        {
            _recipes = (time.GetUtcNow(), tools.Images.Recipes.All());
        }

        return new HostWorkshop(_recipes.Recipes, tools.Media.List(), tools.Transfers.Uploads(), edited.Describe(), [.. _jobs.Values.Select(job => job.Actual)]);
    }

    public AdmittedFile Admit(AdmitUpload admit) => new(admit.TicketHash, tools.Transfers.Admit(admit));

    public AdmittedFile Admit(AdmitDownload admit) => new(admit.TicketHash, tools.Transfers.Admit(admit));

    /// <summary>Work that is under way is given up, and goes on when the broker orders it from the next process.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_jobs.Values.Select(job => job.Running));
        await _sweeping;
        await edited.DisposeAsync();
    }

    private async Task RunAsync(Job job, ImageOrder order)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, job.Cancelled);
        var heavy = ImageWorks.IsHeavy(order.Work);
        try
        {
            if (heavy)
            {
                await _heavy.WaitAsync(stop.Token);
            }

            try
            {
                Tell(job, new ImageJob(order.Id, JobState.Running, "begins"));
                var outcome = await works.DoAsync(order.Id, order.Work, new Relay<WorkProgress>(step => Tell(job, new ImageJob(order.Id, JobState.Running, step.Step, step.Fraction is { } part ? Math.Round(part, 3) : null))), stop.Token);
                End(job, new ImageJob(order.Id, JobState.Done, outcome.Words, Result: outcome.Result));
                outcome.Then?.Invoke();
            }
            finally
            {
                if (heavy)
                {
                    _heavy.Release();
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            if (!_stopping.IsCancellationRequested)
            {
                End(job, new ImageJob(order.Id, JobState.Cancelled, "was cancelled"));
            }
        }
        catch (Exception e)
        {
            LogFailed(e, order.Work.GetType().Name, order.Id);
            End(job, new ImageJob(order.Id, JobState.Failed, e is MachineException ? e.Message : $"It failed: {e.Message}"));
        }
    }

    private void Tell(Job job, ImageJob actual)
    {
        job.Actual = actual;
        Changed?.Invoke();
    }

    private void End(Job job, ImageJob outcome)
    {
        kept.Keep(outcome);
        Tell(job, outcome);
    }

    private async Task SweepAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                tools.Transfers.RemoveOld();
                edited.Collect();
                await Task.Delay(Sweep, time, stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                LogNotSwept(e);
                await Task.Delay(Sweep, time, stop).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    private sealed class Job(ImageJob actual)
    {
        private readonly CancellationTokenSource _cancelled = new();
        private int _begun = actual.State == JobState.Waiting ? 0 : 1;

        public ImageJob Actual { get; set; } = actual;

        public Task Running { get; set; } = Task.CompletedTask;

        public bool IsOver => Actual.State is JobState.Done or JobState.Failed or JobState.Cancelled;

        public CancellationToken Cancelled => _cancelled.Token;

        public bool TryBegin() => Interlocked.Exchange(ref _begun, 1) == 0;

        public void Cancel() => _cancelled.Cancel();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Work on an image failed: {Work} {Order}")]
    private partial void LogFailed(Exception cause, string work, Guid order);

    [LoggerMessage(Level = LogLevel.Error, Message = "What nobody refers to of images could not be deleted; it is tried again in an hour")]
    private partial void LogNotSwept(Exception cause);
}
