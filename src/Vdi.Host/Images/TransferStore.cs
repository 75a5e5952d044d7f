using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Vdi.Emulator;
using Vdi.Host.Desktops;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Images;

/// <summary>A file on its way here: how long it will be, what it must be, and who may send it.</summary>
internal sealed record Upload(Guid Id, long Bytes, string? Sha256, string TicketHash, DateTimeOffset Expires);

/// <summary>What was made to be fetched, and who may.</summary>
internal sealed record Download(Guid Order, string TicketHash, string FileName, DateTimeOffset Expires);

/// <summary>Why a piece of a file was not taken.</summary>
/// <param name="Offset">Where the sender is to go on; null where it may not.</param>
internal sealed record TransferFault(int Status, string Code, string Detail, long? Offset = null);

/// <summary>Files that come in pieces and are kept until they are used, and files that wait to be fetched. Tickets are kept as their hashes; who comes
/// back after a restart of this process goes on where the last whole piece ended.</summary>
public sealed class TransferStore(StateFolder state, TimeProvider time)
{
    private const long Spare = 2L << 30;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(48);
    private readonly Dictionary<string, Download> _downloads = [];
    private readonly HashSet<Guid> _busy = [];
    private readonly Lock _lock = new();

    /// <summary>Lets somebody send a file, or go on with it; returns why not, for people.</summary>
    public string? Admit(AdmitUpload admit)
    {
        lock (_lock)
        {
            var found = Find(admit.Upload);
            if (found is { } there && there.Bytes != admit.Bytes)
            {
                return "Another file with that number is on its way here";
            }

            var (free, needed) = (new DriveInfo(Folder()).AvailableFreeSpace, admit.Bytes - ReceivedOf(admit.Upload) + Spare);
            if (free < needed)
            {
                return $"The host's disk has {free >> 20} MiB free, and the file needs {needed >> 20} with what must stay free: delete image versions or files, or add disk";
            }

            Write(new Upload(admit.Upload, admit.Bytes, admit.Sha256, admit.TicketHash, admit.Expires));
            return null;
        }
    }

    public string? Admit(AdmitDownload admit)
    {
        lock (_lock)
        {
            if (FindExport(admit.Order) is null)
            {
                return "What was exported is not here any more: export it again";
            }

            foreach (var old in _downloads.Where(download => download.Value.Expires < time.GetUtcNow()).Select(download => download.Key).ToList())
            {
                _downloads.Remove(old);
            }

            _downloads[admit.TicketHash] = new Download(admit.Order, admit.TicketHash, admit.FileName, admit.Expires);
            return null;
        }
    }

    /// <summary>The files that are on their way.</summary>
    internal IReadOnlyList<HostUpload> Uploads() => [.. All().Select(upload => new HostUpload(upload.Id, ReceivedOf(upload.Id), upload.Bytes))];

    /// <summary>The whole file; null where it is not, or not whole.</summary>
    internal (string Path, string? Sha256)? Whole(Guid id) => Find(id) is { } upload && ReceivedOf(id) == upload.Bytes ? (FileOf(id), upload.Sha256) : null;

    /// <summary>How much is here for whoever has the ticket.</summary>
    internal (Upload? Upload, long Received) Enter(Guid id, string? ticket) => Find(id) is { } upload && Opens(upload.TicketHash, upload.Expires, ticket) ? (upload, ReceivedOf(id)) : (null, 0);

    /// <summary>Appends what comes to the file; what arrived before a line broke is kept.</summary>
    internal async Task<TransferFault?> AppendAsync(Upload upload, long offset, Stream from, CancellationToken stop)
    {
        lock (_lock)
        {
            if (!_busy.Add(upload.Id))
            {
                return new TransferFault(StatusCodes.Status409Conflict, "busy", "Another piece of this file is on its way: wait for it.", ReceivedOf(upload.Id));
            }
        }

        try
        {
            var received = ReceivedOf(upload.Id);
            if (offset != received)
            {
                return new TransferFault(StatusCodes.Status409Conflict, "wrong-offset", $"The file goes on at byte {received}.", received);
            }

            await using var file = new FileStream(FileOf(upload.Id), new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Options = FileOptions.Asynchronous, BufferSize = 0, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            file.Position = received;
            var buffer = new byte[128 * 1024];
            while (await from.ReadAsync(buffer, stop) is > 0 and var count)
            {
                if (received + count > upload.Bytes)
                {
                    return new TransferFault(StatusCodes.Status413PayloadTooLarge, "too-long", $"The file was to have {upload.Bytes} bytes, and more come.", received);
                }

                await file.WriteAsync(buffer.AsMemory(0, count), stop);
                received += count;
            }

            file.Flush(flushToDisk: received == upload.Bytes);
            return null;
        }
        catch (IOException e) when (!stop.IsCancellationRequested && new DriveInfo(Folder()).AvailableFreeSpace < 16 << 20)
        {
            return new TransferFault(StatusCodes.Status507InsufficientStorage, "disk-full", $"The host's disk is full ({e.Message}): delete image versions or files there, then go on.", ReceivedOf(upload.Id));
        }
        finally
        {
            lock (_lock)
            {
                _busy.Remove(upload.Id);
            }
        }
    }

    /// <summary>Where an export of this order is to be made.</summary>
    internal string ExportPath(Guid order, MediumFormat format)
    {
        var folder = Path.Combine(Folder(), order.ToString("N"));
        StateFolder.Make(folder);
        return Path.Combine(folder, format == MediumFormat.Raw ? "export.raw" : "export.qcow2");
    }

    /// <summary>What whoever has the ticket may fetch.</summary>
    internal (string Path, string FileName)? Enter(string? ticket, Guid order)
    {
        lock (_lock)
        {
            return ticket is { Length: > 0 and < 200 } && _downloads.GetValueOrDefault(HashOf(ticket)) is { } download && download.Order == order && download.Expires > time.GetUtcNow() && FindExport(order) is { } path
                ? (path, download.FileName)
                : null;
        }
    }

    /// <summary>Deletes what came and was used, or was given up.</summary>
    internal void Delete(Guid id)
    {
        var folder = Path.Combine(Folder(), id.ToString("N"));
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Deletes uploads that are not among <paramref name="wanted"/>; a new one may be wanted without the broker's having said so yet.</summary>
    internal void KeepOnly(IReadOnlySet<Guid> wanted)
    {
        foreach (var upload in All().Where(upload => !wanted.Contains(upload.Id)).ToList())
        {
            if (time.GetUtcNow().UtcDateTime - Directory.GetLastWriteTimeUtc(Path.GetDirectoryName(FileOf(upload.Id))!) > TimeSpan.FromMinutes(1))
            {
                Delete(upload.Id);
            }
        }
    }

    /// <summary>Deletes what nobody has touched for two days.</summary>
    internal void RemoveOld()
    {
        foreach (var folder in Directory.EnumerateDirectories(Folder()).ToList())
        {
            if (Directory.EnumerateFiles(folder).Select(File.GetLastWriteTimeUtc).DefaultIfEmpty(Directory.GetLastWriteTimeUtc(folder)).Max() is var touched && time.GetUtcNow().UtcDateTime - touched > Kept)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>The hash by which the broker knows a ticket; of nothing for what is none.</summary>
    private static string HashOf(string ticket) => Admissions.HashOf(Base64Url.IsValid(ticket) ? Base64Url.DecodeFromChars(ticket) : []);

    private bool Opens(string hash, DateTimeOffset expires, string? ticket) =>
        ticket is { Length: > 0 and < 200 } && expires > time.GetUtcNow() && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(HashOf(ticket)), Encoding.ASCII.GetBytes(hash.ToLowerInvariant()));

    private string Folder()
    {
        StateFolder.Make(state.Transfers);
        return state.Transfers;
    }

    private string FileOf(Guid id) => Path.Combine(Folder(), id.ToString("N"), "file");

    private long ReceivedOf(Guid id) => new FileInfo(FileOf(id)) is { Exists: true } file ? file.Length : 0;

    private string? FindExport(Guid order) => ((string[])["export.qcow2", "export.raw"]).Select(name => Path.Combine(Folder(), order.ToString("N"), name)).FirstOrDefault(File.Exists);

    private IEnumerable<Upload> All() => Directory.EnumerateDirectories(Folder()).Select(folder => Guid.TryParseExact(Path.GetFileName(folder), "N", out var id) ? Find(id) : null).OfType<Upload>();

    private Upload? Find(Guid id) => JsonFile.TryRead<Upload>(DescriptionOf(id));

    private void Write(Upload upload)
    {
        StateFolder.Make(Path.GetDirectoryName(DescriptionOf(upload.Id))!);
        JsonFile.Write(DescriptionOf(upload.Id), upload);
    }

    private string DescriptionOf(Guid id) => Path.Combine(Folder(), id.ToString("N"), "upload.json");
}
