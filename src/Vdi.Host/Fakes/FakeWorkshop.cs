using System.Collections.Concurrent;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Fakes;

/// <summary>What a <see cref="FakeHost"/> makes images with: orders go on and are over, versions come and go, editing machines have checkpoints, and nothing of it is
/// there. What comes of things can be chosen.</summary>
public sealed class FakeWorkshop(FakeHost host, TimeProvider time, Func<TimeSpan, Task> wait)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, (ImageOrder Order, ImageJob Job)> _jobs = [];
    private readonly Dictionary<Guid, (DesiredEdit Wanted, ActualEdit Actual)> _edits = [];
    private readonly Dictionary<Guid, HostUpload> _uploads = [];
    private readonly HashSet<Guid> _exports = [];
    private int _made;

    public IReadOnlyList<HostRecipe> Recipes { get; set; } = [];

    public IReadOnlyList<HostMedium> Media { get; set; } = [];

    /// <summary>From an order's coming to its end.</summary>
    public TimeSpan WorkTime { get; set; } = TimeSpan.Zero;

    /// <summary>While set, orders go no further than half.</summary>
    public bool Held { get; set; }

    /// <summary>While set, orders are not even begun with.</summary>
    public bool Deaf { get; set; }

    /// <summary>Why orders fail; null where they succeed.</summary>
    public string? Failure { get; set; }

    /// <summary>What comes of tests.</summary>
    public bool TestsPass { get; set; } = true;

    /// <summary>In what state editing machines come to be; Requested for never.</summary>
    public MachineState NewEdits { get; set; } = MachineState.Ready;

    public ConcurrentQueue<AdmitUpload> AdmittedUploads { get; } = new();

    public ConcurrentQueue<AdmitDownload> AdmittedDownloads { get; } = new();

    /// <summary>Every order that was ever begun with, by when that was.</summary>
    public ConcurrentQueue<ImageOrder> Begun { get; } = new();

    /// <summary>Uploads that the broker wanted last.</summary>
    public IReadOnlyList<Guid> Wanted { get; private set; } = [];

    /// <summary>Orders as they were last said.</summary>
    public IReadOnlyList<ImageOrder> Orders { get; private set; } = [];

    /// <summary>Editing machines as they were last desired.</summary>
    public IReadOnlyList<DesiredEdit> Desired { get; private set; } = [];

    /// <summary>So much of a file is there now.</summary>
    public void Receive(Guid upload, long received)
    {
        lock (_gate)
        {
            _uploads[upload] = _uploads[upload] with { Received = received };
        }
    }

    /// <summary>The editing machine is in another state.</summary>
    public void Change(Guid edit, MachineState state, string reason)
    {
        lock (_gate)
        {
            _edits[edit] = _edits[edit] with { Actual = _edits[edit].Actual with { State = state, Reason = reason } };
        }
    }

    /// <summary>All editing machines vanish without a word.</summary>
    public void ForgetEdits()
    {
        lock (_gate)
        {
            _edits.Clear();
        }
    }

    /// <summary>The same host, started again: it has the editing machines that it had.</summary>
    public void TakeUp(FakeWorkshop before)
    {
        lock (_gate)
        {
            foreach (var (machine, edit) in before._edits)
            {
                _edits[machine] = edit;
            }
        }
    }

    internal HostWorkshop Report()
    {
        lock (_gate)
        {
            return new HostWorkshop(Recipes, Media, [.. _uploads.Values], [.. _edits.Values.Select(edit => edit.Actual)], [.. _jobs.Values.Select(job => job.Job)]);
        }
    }

    internal void Heed(DesiredState desired)
    {
        lock (_gate)
        {
            (Orders, Desired, Wanted) = (desired.Orders ?? [], desired.Edits ?? [], desired.Uploads ?? []);
            HeedEdits();
            HeedOrders();
            foreach (var upload in _uploads.Keys.Except(Wanted).ToList())
            {
                _uploads.Remove(upload);
            }
        }
    }

    internal string? Accept(AdmitUpload admit)
    {
        AdmittedUploads.Enqueue(admit);
        if (host.Refusal is { } refusal)
        {
            return refusal;
        }

        lock (_gate)
        {
            _uploads.TryAdd(admit.Upload, new HostUpload(admit.Upload, 0, admit.Bytes));
            return null;
        }
    }

    internal string? Accept(AdmitDownload admit)
    {
        AdmittedDownloads.Enqueue(admit);
        lock (_gate)
        {
            return host.Refusal ?? (_exports.Contains(admit.Order) ? null : "What was exported is not here any more: export it again");
        }
    }

    /// <summary>Whether somebody may come to the editing machine; null where there is none such.</summary>
    internal (bool Ready, long Epoch)? Find(Guid machine)
    {
        lock (_gate)
        {
            return _edits.TryGetValue(machine, out var edit) ? (edit.Actual.State == MachineState.Ready, edit.Actual.Epoch) : null;
        }
    }

    private void HeedEdits()
    {
        foreach (var want in Desired)
        {
            if (_edits.TryGetValue(want.Machine, out var edit))
            {
                _edits[want.Machine] = (want, edit.Actual with { Epoch = Math.Max(edit.Actual.Epoch, want.Epoch) });
            }
            else if (want.Create)
            {
                _edits[want.Machine] = (want, new ActualEdit(want.Machine, want.Epoch, NewEdits, NewEdits == MachineState.Ready ? ActualMachine.ReadyReason : "waits for room", want.Image, want.Version, [], null, 1 << 20));
            }
        }

        foreach (var machine in _edits.Keys.Except(Desired.Select(want => want.Machine)).ToList())
        {
            _edits.Remove(machine);
        }
    }

    private void HeedOrders()
    {
        foreach (var order in Orders)
        {
            if (_jobs.TryGetValue(order.Id, out var job))
            {
                if (order.Cancelled && job.Job.State is JobState.Waiting or JobState.Running)
                {
                    _jobs[order.Id] = (order, job.Job with { State = JobState.Cancelled, Step = "was cancelled" });
                }
            }
            else if (!Deaf)
            {
                Begun.Enqueue(order);
                _jobs[order.Id] = (order, new ImageJob(order.Id, order.Cancelled ? JobState.Cancelled : JobState.Waiting, "waits for its turn"));
                _ = WorkAsync(order.Id);
            }
        }

        foreach (var id in _jobs.Keys.Except(Orders.Select(order => order.Id)).ToList())
        {
            _jobs.Remove(id);
        }
    }

    private async Task WorkAsync(Guid id)
    {
        for (var begun = false; Held || !begun; begun = true)
        {
            if (!Move(id, job => job with { State = JobState.Running, Step = "works", Fraction = 0.5 }))
            {
                return;
            }

            await wait(begun ? TimeSpan.FromMilliseconds(20) : WorkTime);
        }

        lock (_gate)
        {
            if (_jobs.TryGetValue(id, out var job) && job.Job.State == JobState.Running)
            {
                _jobs[id] = (job.Order, Finish(job.Order, job.Job with { Fraction = null }));
            }
        }
    }

    private bool Move(Guid id, Func<ImageJob, ImageJob> change)
    {
        lock (_gate)
        {
            if (!_jobs.TryGetValue(id, out var job) || job.Job.State is not (JobState.Waiting or JobState.Running))
            {
                return false;
            }

            _jobs[id] = (job.Order, change(job.Job));
            return true;
        }
    }

    private ImageJob Finish(ImageOrder order, ImageJob job)
    {
        if ((Failure ?? Missing(order.Work)) is { } failure)
        {
            return job with { State = JobState.Failed, Step = failure };
        }

        return job with { State = JobState.Done, Step = "is done", Result = Do(order) };
    }

    /// <summary>Why the work cannot be done: what it is about is not here.</summary>
    private string? Missing(ImageWork work) => work switch
    {
        BuildImage build when Recipes.All(recipe => recipe.Name != build.Recipe) => $"There is no recipe '{build.Recipe}' on this host",
        ImportImage import when !_uploads.ContainsKey(import.Upload) => "The file is not here, or not all of it: upload it again",
        TestImage test => MissingVersion(test.Image, test.Version),
        UpdateImage update => MissingVersion(update.Image, update.Version),
        ExportImage export => MissingVersion(export.Image, export.Version),
        StartEdit start => MissingEdit(start.Machine),
        SaveCheckpoint save => MissingEdit(save.Machine),
        GoBack back => MissingEdit(back.Machine) ?? (_edits[back.Machine].Actual.Checkpoints.Any(checkpoint => checkpoint.Id == back.Checkpoint) ? null : "There is no such checkpoint any more"),
        DropCheckpoint drop => MissingEdit(drop.Machine),
        PublishEdit publish => MissingEdit(publish.Machine),
        _ => null,
    };

    private string? MissingVersion(string image, string version) =>
        host.Versions.Any(known => known.Name == image && known.Version == version) ? null : $"Version {version} of image '{image}' is not on this host any more";

    private string? MissingEdit(Guid machine) => _edits.ContainsKey(machine) ? null : "There is no such editing machine on this host any more";

    private string? Do(ImageOrder order)
    {
        switch (order.Work)
        {
            case BuildImage build:
                return Make(build.Recipe, new ImageHardware(Firmware.Kernel, GuestDrivers.Virtio, Tpm: false, GuestSystem.Linux, Agent: true, 2048, 2), ImageOrigin.Recipe, null, build.Author, build.Notes, Recipes.FirstOrDefault(recipe => recipe.Name == build.Recipe)?.Hash);
            case ImportImage { Format: MediumFormat.Iso } import:
                var hash = $"{import.Upload:N}{import.Upload:N}";
                Media = [.. Media, new HostMedium(hash, import.Name, _uploads[import.Upload].Bytes, time.GetUtcNow())];
                return hash;
            case ImportImage import:
                return Make(import.Name, import.Hardware!, ImageOrigin.Import, null, import.Author, import.Notes);
            case UpdateImage update:
                return Make(update.Image, HardwareOf(update.Image, update.Version), ImageOrigin.Update, update.Version, update.Author, update.Notes, changes: [new PackageChange("firefox-esr", "140.4", "140.5")]);
            case PublishEdit publish:
                _edits.Remove(publish.Machine, out var edit);
                return Make(edit.Wanted.Image, edit.Wanted.Hardware ?? HardwareOf(edit.Wanted.Image, edit.Wanted.Version), ImageOrigin.Edit, edit.Wanted.Version, publish.Author, publish.Notes);
            case TestImage test:
                host.Versions = [.. host.Versions.Select(version => version.Name == test.Image && version.Version == test.Version ? version with { Details = version.Details! with { Test = Test(test.Script) } } : version)];
                return null;
            case DeleteImage delete:
                host.Versions = [.. host.Versions.Where(version => version.Name != delete.Image || version.Version != delete.Version)];
                return null;
            case DeleteMedium delete:
                Media = [.. Media.Where(medium => medium.Hash != delete.Hash)];
                return null;
            case ExportImage export:
                _exports.Add(order.Id);
                return export.Version;
            default:
                DoInEdit(order.Work);
                return null;
        }
    }

    private void DoInEdit(ImageWork work)
    {
        switch (work)
        {
            case StartEdit start:
                Change(start.Machine, edit => edit with { State = MachineState.Ready, Reason = ActualMachine.ReadyReason });
                break;
            case SaveCheckpoint save:
                Change(save.Machine, edit => edit with { Checkpoints = [.. edit.Checkpoints, new EditCheckpoint(save.Checkpoint, save.Name, time.GetUtcNow(), 4096, edit.At)], At = save.Checkpoint, Bytes = edit.Bytes + 4096 });
                break;
            case GoBack back:
                Change(back.Machine, edit => edit with { At = back.Checkpoint });
                break;
            case DropCheckpoint drop:
                Change(drop.Machine, edit => Without(edit, drop.Checkpoint));
                break;
        }
    }

    /// <summary>What came after the checkpoint comes after what it came from.</summary>
    private static ActualEdit Without(ActualEdit edit, Guid id) => edit.Checkpoints.FirstOrDefault(checkpoint => checkpoint.Id == id) is not { } dropped
        ? edit
        : edit with
        {
            Checkpoints = [.. edit.Checkpoints.Where(checkpoint => checkpoint.Id != id).Select(checkpoint => checkpoint.After == id ? checkpoint with { After = dropped.After } : checkpoint)],
            At = edit.At == id ? dropped.After : edit.At,
        };

    private void Change(Guid machine, Func<ActualEdit, ActualEdit> change) => _edits[machine] = _edits[machine] with { Actual = change(_edits[machine].Actual) };

    private string Make(string name, ImageHardware hardware, ImageOrigin origin, string? parent, string author, string notes, string? recipe = null, IReadOnlyList<PackageChange>? changes = null)
    {
        var version = $"made{Interlocked.Increment(ref _made)}";
        host.Versions = [.. host.Versions, new HostImage(name, version, time.GetUtcNow(), hardware.MemoryMiB, new ImageDetails(hardware, origin, parent, author, notes, 3L << 30, 1L << 30, null, recipe, changes))];
        return version;
    }

    private ImageHardware HardwareOf(string image, string? version) =>
        host.Versions.FirstOrDefault(known => known.Name == image && known.Version == version)?.Details?.Hardware ?? new ImageHardware(Firmware.Bios, GuestDrivers.Pc, Tpm: false, GuestSystem.Other, Agent: false, 2048, 2);

    private ImageTest Test(string? script) => new(
        TestsPass,
        time.GetUtcNow(),
        [
            new ImageTestStep(ImageTestStep.Boots, true, 12.5, null),
            new ImageTestStep(ImageTestStep.Agent, true, 3, null),
            new ImageTestStep(ImageTestStep.Painted, TestsPass, 20, TestsPass ? null : "the screen stayed black"),
            new ImageTestStep(ImageTestStep.Forks, TestsPass ? true : null, TestsPass ? 0.3 : null, null),
            new ImageTestStep(ImageTestStep.Script, TestsPass && script is not null ? true : null, null, script),
        ]);
}
