using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Vdi.Broker.Audit;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;
using Vdi.Emulator;
using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;

namespace Vdi.Server.Backups;

/// <summary>Makes a backup, also while the server runs.</summary>
internal sealed class BackupMaker(StateFolder state, VdiDb db, AuditLog audit, ImageStore images, TimeProvider time)
{
    private const string Unfinished = ".backup-";
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public async Task<BackupManifest> MakeAsync(string archive, CancellationToken stop)
    {
        var migration = await DatabaseCopy.MigrationAsync(db, stop) ?? throw new MachineException($"There is nothing to back up in {state.Root} yet: start the server once");
        StagingFolder.RemoveLeft(state, Unfinished);
        var folder = StagingFolder.Make(state, Unfinished);
        try
        {
            audit.Note("backup.create", "backup", after: new { file = Path.GetFileName(archive) });
            await db.SaveChangesAsync(stop);

            // The checkpoints first: none shall have seen an entry that the database's copy has not.
            foreach (var part in BackupManifest.Folders.Reverse())
            {
                Copy(Path.Combine(state.Root, part), Path.Combine(folder, part));
            }

            if (File.Exists(Path.Combine(state.Root, ServeArguments.FileName)))
            {
                File.Copy(Path.Combine(state.Root, ServeArguments.FileName), Path.Combine(folder, ServeArguments.FileName));
            }

            var kind = DatabaseCopy.Kind(db);
            var copy = Path.Combine(folder, kind == DatabaseCopy.Sqlite ? BackupManifest.SqliteFile : BackupManifest.PostgreSqlFile);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!, Mine | UnixFileMode.UserExecute);
            await DatabaseCopy.WriteAsync(db, copy, stop);
            var manifest = new BackupManifest(BackupManifest.CurrentFormat, VdiServer.Version, time.GetUtcNow(), kind, migration, await FilesAsync(folder, stop), await ImagesAsync(stop));
            await BackupArchive.WriteAsync(archive, manifest, folder, stop);
            return manifest;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Regular files only: what a link points to is not this installation's.</summary>
    private static void Copy(string from, string to)
    {
        if (!Directory.Exists(from))
        {
            return;
        }

        Directory.CreateDirectory(to, Mine | UnixFileMode.UserExecute);
        foreach (var entry in new DirectoryInfo(from).EnumerateFileSystemInfos().Where(entry => entry.LinkTarget is null && !entry.Name.EndsWith(".new", StringComparison.Ordinal)))
        {
            if (entry is DirectoryInfo)
            {
                Copy(entry.FullName, Path.Combine(to, entry.Name));
            }
            else
            {
                File.Copy(entry.FullName, Path.Combine(to, entry.Name));
            }
        }
    }

    private static async Task<List<BackupFile>> FilesAsync(string folder, CancellationToken stop)
    {
        var files = new List<BackupFile>();
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            await using var file = File.OpenRead(path);
            files.Add(new BackupFile(Path.GetRelativePath(folder, path), file.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, stop))));
        }

        return files;
    }

    /// <summary>Those that pools need by version, and the newest of those that they need by name.</summary>
    private async Task<List<BackupImage>> ImagesAsync(CancellationToken stop)
    {
        var pools = await db.Pools.AsNoTracking().Where(pool => pool.Deleted == null && pool.Kind != PoolKind.Manual).Select(pool => new { pool.Image, Version = pool.ImageVersion ?? pool.CurrentVersion }).ToListAsync(stop);
        return [.. pools.Select(pool => new BackupImage(pool.Image, pool.Version ?? images.Find(pool.Image)?.Version)).Distinct().OrderBy(image => image.Name, StringComparer.Ordinal)];
    }
}
