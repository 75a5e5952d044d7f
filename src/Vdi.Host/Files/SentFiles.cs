using System.Buffers;
using System.Collections.Concurrent;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Files;

/// <summary>A file on its way into a machine.</summary>
internal sealed class SentFile(Admit admit, string name, long bytes, DateTimeOffset now)
{
    public Guid Id { get; } = Guid.NewGuid();

    public Admit Admit => admit;

    public string Name => name;

    public long Bytes => bytes;

    /// <summary>Bytes that are in the machine.</summary>
    public long Received { get; set; }

    public DateTimeOffset Moved { get; set; } = now;

    /// <summary>The name that it got in the machine, once it is whole: another one where that which was wanted was taken. The guest says it.</summary>
    public string? Given { get; set; }

    public bool IsThere => Given is not null;

    /// <summary>One piece at a time.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);
}

/// <summary>Files on their way into machines, piece by piece, so that a line that breaks costs one piece. What nobody goes on with is given up.</summary>
/// <param name="files">Those of a machine; null where it takes none.</param>
/// <param name="tell">To the broker.</param>
internal sealed partial class SentFiles(Func<Guid, IGuestFiles?> files, Action<FileMoved> tell, TimeProvider time, ILogger log)
{
    public const int MostPerSession = 16;
    private static readonly TimeSpan Abandoned = TimeSpan.FromMinutes(15);
    private readonly ConcurrentDictionary<Guid, SentFile> _sent = new();

    /// <summary>Begins; a file that is empty is there at once.</summary>
    /// <returns>Null where too many are under way.</returns>
    public async Task<SentFile?> BeginAsync(Admit admit, string name, long bytes, CancellationToken stop)
    {
        await ForgetAsync(stop);
        if (_sent.Values.Count(each => each.Admit.Session == admit.Session && !each.IsThere) >= MostPerSession)
        {
            return null;
        }

        var sent = new SentFile(admit, name, bytes, time.GetUtcNow());
        await Of(admit).BeginAsync(sent.Id, stop);
        _sent[sent.Id] = sent;
        await FinishAsync(sent, stop);
        return sent;
    }

    /// <summary>One of this session's; null where there is none.</summary>
    public SentFile? Find(Admit admit, Guid id) => _sent.TryGetValue(id, out var sent) && sent.Admit.Session == admit.Session ? sent : null;

    /// <summary>Adds what comes; what arrived before the line broke stays. The caller has the file's turn.</summary>
    public async Task AppendAsync(SentFile sent, Stream body, CancellationToken stop)
    {
        var machine = Of(sent.Admit);
        var buffer = ArrayPool<byte>.Shared.Rent(IGuestFiles.Piece);
        try
        {
            while (sent.Received < sent.Bytes)
            {
                var most = (int)Math.Min(IGuestFiles.Piece, sent.Bytes - sent.Received);
                var count = await ReadAsync(body, buffer.AsMemory(0, most), stop);
                if (count == 0)
                {
                    return;
                }

                await machine.WriteAsync(sent.Id, sent.Received, buffer.AsMemory(0, count), stop);
                sent.Received += count;
                sent.Moved = time.GetUtcNow();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            await FinishAsync(sent, CancellationToken.None);
        }
    }

    /// <summary>Gives one up; nothing of it stays in the machine but what is whole already.</summary>
    public async Task DropAsync(SentFile sent, CancellationToken stop)
    {
        await sent.Turn.WaitAsync(stop);
        try
        {
            if (_sent.TryRemove(sent.Id, out _) && !sent.IsThere)
            {
                await Of(sent.Admit).DropAsync(sent.Id, stop);
            }
        }
        catch (GuestFilesException e)
        {
            // The machine deletes by itself what was begun and forgotten.
            LogNotDropped(e.Message);
        }
        finally
        {
            sent.Turn.Release();
        }
    }

    private async Task FinishAsync(SentFile sent, CancellationToken stop)
    {
        if (sent.Received == sent.Bytes && !sent.IsThere)
        {
            sent.Given = await Of(sent.Admit).FinishAsync(sent.Id, sent.Name, stop);
            tell(new FileMoved(sent.Admit.Session, ToGuest: true, sent.Name, sent.Bytes));
        }
    }

    private async Task ForgetAsync(CancellationToken stop)
    {
        foreach (var old in _sent.Values.Where(each => time.GetUtcNow() - each.Moved > Abandoned).ToList())
        {
            await DropAsync(old, stop);
        }
    }

    private IGuestFiles Of(Admit admit) => files(admit.Machine) ?? throw new GuestFilesException(GuestFilesFault.Nobody, "The machine takes no files");

    /// <summary>As much as there is room for, or as the body still has: what a broken line leaves is a piece, too.</summary>
    private static async Task<int> ReadAsync(Stream body, Memory<byte> to, CancellationToken stop)
    {
        var count = 0;
        try
        {
            while (count < to.Length && await body.ReadAsync(to[count..], stop) is > 0 and var more)
            {
                count += more;
            }
        }
        catch (Exception e) when (count > 0 && e is IOException or OperationCanceledException or BadHttpRequestException)
        {
            // The line broke. Who sent it asks how much has come.
        }

        return count;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "What was sent into a machine and given up could not be deleted there: {Why}")]
    private partial void LogNotDropped(string why);
}
