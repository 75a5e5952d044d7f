using System.Collections.Concurrent;
using System.Text;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Fakes;

/// <summary>The files of a guest that does not exist.</summary>
public sealed class FakeGuestFiles : IGuestFiles
{
    private readonly ConcurrentDictionary<Guid, MemoryStream> _parts = new();

    /// <summary>What came, by name.</summary>
    public ConcurrentDictionary<string, byte[]> Downloads { get; } = new();

    /// <summary>What may be fetched: names in hexadecimal, for they are any bytes.</summary>
    public ConcurrentDictionary<string, byte[]> Shared { get; } = new();

    /// <summary>What was begun and is neither whole nor given up.</summary>
    public int Unfinished => _parts.Count;

    /// <summary>Bytes that there is room for.</summary>
    public long Room { get; set; } = long.MaxValue;

    public Task BeginAsync(Guid file, CancellationToken stop)
    {
        _parts[file] = new MemoryStream();
        return Task.CompletedTask;
    }

    public Task WriteAsync(Guid file, long offset, ReadOnlyMemory<byte> piece, CancellationToken stop)
    {
        if (offset + piece.Length > Room)
        {
            throw new GuestFilesException(GuestFilesFault.NoRoom, "There is no room in the machine");
        }

        var part = _parts.TryGetValue(file, out var begun) ? begun : throw new GuestFilesException(GuestFilesFault.Failed, "That was not begun");
        part.Position = offset;
        part.Write(piece.Span);
        return Task.CompletedTask;
    }

    public Task<string> FinishAsync(Guid file, string name, CancellationToken stop)
    {
        if (!_parts.TryRemove(file, out var part))
        {
            throw new GuestFilesException(GuestFilesFault.Failed, "That was not begun");
        }

        var (stem, extension) = (Path.GetFileNameWithoutExtension(name), Path.GetExtension(name));
        if (stem.Length == 0 || extension == ".")
        {
            (stem, extension) = (name, "");
        }

        var given = name;
        for (var number = 1; !Downloads.TryAdd(given, part.ToArray()); number++)
        {
            given = $"{stem} ({number}){extension}";
        }

        return Task.FromResult(given);
    }

    public Task DropAsync(Guid file, CancellationToken stop)
    {
        _parts.TryRemove(file, out _);
        return Task.CompletedTask;
    }

    /// <summary>Puts a file there to be fetched.</summary>
    public void Share(string name, byte[] content) => Shared[Convert.ToHexString(Encoding.UTF8.GetBytes(name))] = content;

    public Task<IReadOnlyList<SharedFile>> ListAsync(int most, CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<SharedFile>>([.. Shared.OrderBy(file => file.Key, StringComparer.Ordinal).Take(most).Select(file => new SharedFile(Convert.FromHexString(file.Key), file.Value.Length))]);

    public Task<long?> SizeAsync(ReadOnlyMemory<byte> name, CancellationToken stop) => Task.FromResult<long?>(Find(name)?.Length);

    public Task<ReadOnlyMemory<byte>> ReadAsync(ReadOnlyMemory<byte> name, long offset, CancellationToken stop)
    {
        var content = Find(name) ?? throw new GuestFilesException(GuestFilesFault.Failed, "The file is not there any more");
        var from = (int)Math.Min(offset, content.Length);
        return Task.FromResult<ReadOnlyMemory<byte>>(content.AsMemory(from, Math.Min(IGuestFiles.Piece, content.Length - from)));
    }

    private byte[]? Find(ReadOnlyMemory<byte> name) =>
        GuestFiles.IsName(name.Span) ? Shared.GetValueOrDefault(Convert.ToHexString(name.Span)) : throw new GuestFilesException(GuestFilesFault.Failed, "That is no file's name");
}
