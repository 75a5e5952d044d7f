using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Vdi.Emulator.Machines;

namespace Vdi.Server.Backups;

/// <summary>A backup as one file: tar (POSIX.1-2001 pax) in gzip, the manifest first.</summary>
internal static class BackupArchive
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode MostMode = Mine | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const int LargestManifest = 16 << 20;

    /// <summary>Writes the manifest and its files from a folder; the archive appears under its name when it is whole and on the disk.</summary>
    public static async Task WriteAsync(string archive, BackupManifest manifest, string folder, CancellationToken stop)
    {
        var unfinished = $"{archive}.{Guid.NewGuid().ToString("N")[..8]}.new";
        try
        {
            await using (var file = new FileStream(unfinished, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Mine }))
            {
                await using (var zip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true))
                await using (var tar = new TarWriter(zip, TarEntryFormat.Pax))
                {
                    using var json = new MemoryStream(manifest.ToJson());
                    await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, BackupManifest.FileName) { DataStream = json, Mode = Mine, ModificationTime = manifest.At }, stop);
                    foreach (var one in manifest.Files)
                    {
                        var path = Path.Combine(folder, one.Name);
                        await using var data = File.OpenRead(path);
                        await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, one.Name) { DataStream = data, Mode = File.GetUnixFileMode(path) & MostMode, ModificationTime = manifest.At }, stop);
                    }
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, archive, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>Takes everything out into an empty folder, which holds then what the manifest says and nothing else.</summary>
    /// <exception cref="MachineException">The archive is no backup, or is damaged.</exception>
    public static async Task<BackupManifest> ReadAsync(string archive, string folder, CancellationToken stop)
    {
        try
        {
            await using var file = File.OpenRead(archive);
            await using var zip = new GZipStream(file, CompressionMode.Decompress);
            await using var tar = new TarReader(zip);
            var manifest = BackupManifest.Read(await ReadManifestAsync(tar, stop));
            var left = manifest.Files.ToDictionary(one => one.Name);
            while (await tar.GetNextEntryAsync(copyData: false, stop) is { } entry)
            {
                if (entry.EntryType != TarEntryType.RegularFile || !left.Remove(entry.Name, out var expected))
                {
                    throw new MachineException($"The backup contains '{entry.Name}', of which its manifest says nothing");
                }

                await TakeOutAsync(entry, expected, Path.Combine(folder, expected.Name), stop);
            }

            return left.Count == 0 ? manifest : throw new MachineException($"The backup is damaged: '{left.Keys.First()}' is missing");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or ArgumentException)
        {
            throw new MachineException($"The backup {archive} is damaged, or is none: {e.Message}", e);
        }
    }

    private static async Task<byte[]> ReadManifestAsync(TarReader tar, CancellationToken stop)
    {
        if (await tar.GetNextEntryAsync(copyData: false, stop) is not { EntryType: TarEntryType.RegularFile, Name: BackupManifest.FileName, Length: <= LargestManifest, DataStream: { } data })
        {
            throw new MachineException("This is no backup of Vdi: it does not begin with a manifest");
        }

        using var json = new MemoryStream();
        await data.CopyToAsync(json, stop);
        return json.ToArray();
    }

    private static async Task TakeOutAsync(TarEntry entry, BackupFile expected, string path, CancellationToken stop)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, Mine | UnixFileMode.UserExecute);
        if (entry.Length != expected.Size)
        {
            throw new MachineException($"The backup is damaged: '{expected.Name}' has {entry.Length} bytes instead of {expected.Size}");
        }

        await using (var to = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, UnixCreateMode = Mine }))
        {
            if (entry.DataStream is { } data)
            {
                await data.CopyToAsync(to, stop);
            }

            to.Flush(flushToDisk: true);
            to.Position = 0;
            if (to.Length != expected.Size || Convert.ToHexStringLower(await SHA256.HashDataAsync(to, stop)) != expected.Sha256)
            {
                throw new MachineException($"The backup is damaged: '{expected.Name}' is not what was backed up");
            }
        }

        File.SetUnixFileMode(path, (entry.Mode & MostMode) | Mine);
    }
}
