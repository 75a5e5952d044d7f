using System.Security.Cryptography;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Images;

/// <summary>Files known by the SHA-256 of their content, which several image versions may have in common. Nobody can write one that is there.</summary>
public sealed class BlobStore(string images, TimeProvider time)
{
    internal const string FolderName = ".blobs";
    private const string Damaged = ".damaged-";

    /// <summary>One that nobody refers to yet is about to be referred to: it is not collected before.</summary>
    private static readonly TimeSpan Young = TimeSpan.FromHours(1);
    private readonly string _folder = Path.Combine(images, FolderName);

    public string PathOf(string hash) => hash.Length == 64 && hash.All(char.IsAsciiHexDigitLower) ? Path.Combine(_folder, hash) : throw new MachineException("A file of an image is known by 64 hexadecimal digits");

    public bool Has(string hash) => File.Exists(PathOf(hash));

    /// <summary>Takes a file of the same file system into the store, and returns its hash.</summary>
    public async Task<string> TakeAsync(string path, CancellationToken stop)
    {
        // What nobody can write any more is what is hashed.
        FileOwner.Seal(path);
        var hash = await HashAsync(path, stop);
        StateFolder.Make(_folder);
        File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
        File.Move(path, PathOf(hash), overwrite: true);
        return hash;
    }

    /// <summary>Whether the file is as it was taken.</summary>
    public async Task<bool> IsWholeAsync(string hash, CancellationToken stop)
    {
        try
        {
            return await HashAsync(PathOf(hash), stop) == hash;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Moves a damaged file out of the way, to be looked at; null where there is none.</summary>
    public string? SetAside(string hash)
    {
        if (!Has(hash))
        {
            return null;
        }

        var aside = Path.Combine(_folder, Damaged + hash);
        File.Move(PathOf(hash), aside, overwrite: true);
        return aside;
    }

    public long Length(string hash) => new FileInfo(PathOf(hash)) is { Exists: true } file ? file.Length : 0;

    /// <summary>Deletes what nothing refers to, and what was set aside a month ago. Returns how many bytes that freed.</summary>
    public long Collect(IReadOnlySet<string> kept)
    {
        if (!Directory.Exists(_folder))
        {
            return 0;
        }

        var now = time.GetUtcNow().UtcDateTime;
        var freed = 0L;
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles().ToList())
        {
            var age = now - file.LastWriteTimeUtc;
            if (file.Name.StartsWith(Damaged, StringComparison.Ordinal) ? age > TimeSpan.FromDays(30) : !kept.Contains(file.Name) && age > Young)
            {
                freed += file.Length;
                file.Delete();
            }
        }

        return freed;
    }

    /// <summary>SHA-256 of a file, in lower-case hexadecimal digits.</summary>
    public static async Task<string> HashAsync(string path, CancellationToken stop)
    {
        await using var file = new FileStream(path, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan, BufferSize = 1 << 20 });
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, stop));
    }
}
