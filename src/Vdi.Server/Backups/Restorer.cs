using Vdi.Broker.Data;
using Vdi.Emulator;
using Vdi.Emulator.Machines;

namespace Vdi.Server.Backups;

/// <summary>Puts a backup in the place of what there is: everything is checked before anything is changed, and all of it is there then, or nothing.</summary>
/// <param name="state">Held for this process alone.</param>
/// <param name="db">The database as it is configured now; it is not opened before it has to be.</param>
internal sealed class Restorer(StateFolder state, VdiDb db, TimeProvider time)
{
    private const string Unfinished = ".restoring-";

    /// <summary>Returns what was restored, and where the old state is kept.</summary>
    public async Task<(BackupManifest Manifest, string? Kept)> RestoreAsync(string archive, bool force, CancellationToken stop)
    {
        if (StateSwap.IsUnderWay(state) && StateSwap.NeedsDatabase(state))
        {
            // Its database was never replaced, or is about to be once more.
            StateSwap.TakeBack(state);
        }
        else if (StateSwap.IsUnderWay(state))
        {
            StateSwap.Finish(state, time.GetUtcNow());
        }

        StagingFolder.RemoveLeft(state, Unfinished);
        var folder = StagingFolder.Make(state, Unfinished);
        try
        {
            var manifest = await BackupArchive.ReadAsync(archive, folder, stop);
            await CheckAsync(manifest, folder, stop);
            await DemandRoomAsync(manifest, force, stop);
            StateSwap.Begin(state, folder);
            await ReplaceDatabaseAsync(manifest, stop);
            return (manifest, StateSwap.Finish(state, time.GetUtcNow()));
        }
        finally
        {
            foreach (var left in (string[])[folder, folder + ".ready"])
            {
                if (Directory.Exists(left))
                {
                    Directory.Delete(left, recursive: true);
                }
            }
        }
    }

    private async Task CheckAsync(BackupManifest manifest, string folder, CancellationToken stop)
    {
        var kind = DatabaseCopy.Kind(db);
        if (manifest.Database != kind)
        {
            throw new MachineException($"The backup is of a {manifest.Database} database, and this installation has {kind}: {(kind == DatabaseCopy.Sqlite ? "set VDI_POSTGRES" : "unset VDI_POSTGRES")}");
        }

        if (!manifest.Files.Any(file => file.Name == manifest.DatabaseFile))
        {
            throw new MachineException("The backup is damaged: it has no database");
        }

        if (!DatabaseCopy.Knows(db, manifest.Migration))
        {
            throw new MachineException($"The backup is of version {manifest.Version}, which is newer than this program: install that version or a newer one");
        }

        if (kind == DatabaseCopy.Sqlite && await DatabaseCopy.FaultAsync(Path.Combine(folder, manifest.DatabaseFile), stop) is { } fault)
        {
            throw new MachineException($"The backup's database is damaged: {fault}");
        }
    }

    private async Task DemandRoomAsync(BackupManifest manifest, bool force, CancellationToken stop)
    {
        if (!force && (StateSwap.WouldReplace(state) || (manifest.Database == DatabaseCopy.PostgreSql && await DatabaseCopy.MigrationAsync(db, stop) is not null)))
        {
            throw new MachineException($"There is a state in {state.Root} already: with --force the backup takes its place, and the old one is kept beside it");
        }
    }

    private async Task ReplaceDatabaseAsync(BackupManifest manifest, CancellationToken stop)
    {
        if (manifest.Database == DatabaseCopy.Sqlite)
        {
            return;
        }

        try
        {
            await DatabaseCopy.ReplaceAsync(db, StateSwap.DatabaseFile(state), stop);
        }
        catch
        {
            // One transaction, which did not come to its end.
            StateSwap.TakeBack(state);
            throw;
        }

        StateSwap.NoteDatabase(state);
    }
}
