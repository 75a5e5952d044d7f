using System.Collections.Concurrent;
using Vdi.Emulator.Editing;
using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Images;

/// <summary>The editing machines of this host, towards those that the broker desires; and those that updates use, which no broker knows.</summary>
internal sealed partial class EditedMachines(EditStore store, ImageStore images, MediaShelf media, TemplateStore templates, TimeProvider time, ILogger<EditedMachines> log) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Guid, HostedEdit> _edits = new();
    private readonly ConcurrentDictionary<Guid, EditMachine> _hidden = new();
    private IReadOnlyDictionary<Guid, DesiredEdit> _wanted = new Dictionary<Guid, DesiredEdit>();

    /// <summary>Called after every change of one.</summary>
    public Action? Changed { get; set; }

    /// <summary>Called when one was switched off or deleted, for whoever looks at it.</summary>
    public Action<Guid, string>? Closed { get; set; }

    public async Task AdoptAsync(CancellationToken stop)
    {
        foreach (var edit in await store.AdoptAsync(stop))
        {
            Hold(edit.Record.Id, 1).Adopt(edit);
        }
    }

    public IReadOnlyList<HostedEdit> All() => [.. _edits.Values];

    public HostedEdit? Find(Guid id) => _edits.GetValueOrDefault(id);

    public HostedEdit Get(Guid id) => Find(id) ?? throw new MachineException("There is no such editing machine on this host any more");

    public IReadOnlyList<ActualEdit> Describe() => [.. _edits.Values.Select(edit => edit.Describe(_wanted.GetValueOrDefault(edit.Id)))];

    public IEnumerable<PoolNetwork> Networks => _edits.Values.Select(edit => edit.Edit?.Record.Network).Concat(_hidden.Values.Select(edit => edit.Record.Network)).OfType<PoolNetwork>();

    public void Heed(IReadOnlyList<DesiredEdit> wanted)
    {
        _wanted = wanted.ToDictionary(edit => edit.Machine);
        foreach (var edit in _edits.Values.Where(edit => !_wanted.ContainsKey(edit.Id) && edit.State != MachineState.Recycling))
        {
            _ = DiscardAsync(edit);
        }

        foreach (var want in wanted)
        {
            if (_edits.TryGetValue(want.Machine, out var there))
            {
                there.Raise(want.Epoch);
            }
            else if (want.Create)
            {
                Hold(want.Machine, want.Epoch).Make(store, want);
            }
        }
    }

    /// <summary>One that only this host knows; it is not there when the host starts again.</summary>
    public async Task<EditMachine> MakeHiddenAsync(DesiredEdit wanted, CancellationToken stop)
    {
        await DiscardHiddenAsync(wanted.Machine);
        if (_edits.TryGetValue(wanted.Machine, out var left))
        {
            // An earlier process was in the middle of it: it begins anew.
            await left.DiscardAsync();
            _edits.TryRemove(wanted.Machine, out _);
        }

        return _hidden[wanted.Machine] = await store.CreateAsync(wanted, stop);
    }

    public async Task DiscardHiddenAsync(Guid id)
    {
        if (_hidden.TryRemove(id, out var edit))
        {
            await edit.DiscardAsync(CancellationToken.None);
            await edit.DisposeAsync();
        }
    }

    /// <summary>Deletes templates and content that nothing refers to any more.</summary>
    public void Collect()
    {
        var versions = images.List().Select(image => (image.Name, image.Version)).ToHashSet();
        templates.RemoveUnused(versions);
        if (images.Collect(templates.Blobs().Concat(store.Blobs()).Concat(media.List().Select(medium => medium.Hash))) is > 0 and var freed)
        {
            LogCollected(freed >> 20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var edit in _edits.Values)
        {
            await edit.DisposeAsync();
        }

        foreach (var hidden in _hidden.Values)
        {
            await hidden.DisposeAsync();
        }
    }

    private HostedEdit Hold(Guid id, long epoch) => _edits[id] = new HostedEdit(id, epoch, time, log)
    {
        Changed = () => Changed?.Invoke(),
        Off = () => Closed?.Invoke(id, "The machine was switched off"),
    };

    private async Task DiscardAsync(HostedEdit edit)
    {
        try
        {
            Closed?.Invoke(edit.Id, "The editing of this image is over");
            await edit.DiscardAsync();
            _edits.TryRemove(edit.Id, out _);
        }
        catch (Exception e)
        {
            // The next start of this host takes it up again, and it is tried again.
            LogNotDiscarded(e, edit.Id);
        }

        Changed?.Invoke();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The editing machine {Edit} could not be deleted")]
    private partial void LogNotDiscarded(Exception cause, Guid edit);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Size} MiB of images were deleted that nothing refers to any more")]
    private partial void LogCollected(long size);
}
