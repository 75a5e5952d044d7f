using System.Text;
using Vdi.Emulator.Fakes;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Tests.Machines;
using Vdi.Emulator.Tests.Networks;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Guest;

/// <summary>What holds for the files of every guest, the real one and the fake.</summary>
public abstract class GuestFilesConformance
{
    private protected abstract Task<IGuestFiles> OpenAsync();

    /// <summary>What lies in the person's downloads under a name; null where nothing does.</summary>
    private protected abstract Task<byte[]?> DownloadedAsync(string name);

    /// <summary>Puts a file into the folder of those to be fetched.</summary>
    private protected abstract Task ShareAsync(byte[] name, byte[] content);

    private protected abstract Task<int> UnfinishedAsync();

    private protected async Task AllAsync()
    {
        var files = await OpenAsync();
        await ArrivesAsync(files);
        await IsFetchedAsync(files);
    }

    private async Task ArrivesAsync(IGuestFiles files)
    {
        var content = new byte[IGuestFiles.Piece + 12_345];
        new Random(3).NextBytes(content);
        foreach (var (name, given) in new[] { ("보고서 'a' $(touch x).tar.gz", "보고서 'a' $(touch x).tar.gz"), ("보고서 'a' $(touch x).tar.gz", "보고서 'a' $(touch x).tar (1).gz"), ("-rf", "-rf"), ("-rf", "-rf (1)"), (".profile2", ".profile2"), (".profile2", ".profile2 (1)") })
        {
            var id = Guid.NewGuid();
            await files.BeginAsync(id, default);
            Assert.Equal(1, await UnfinishedAsync());
            await files.WriteAsync(id, 0, content.AsMemory(0, IGuestFiles.Piece), default);

            // Whoever did not hear that a piece arrived sends it again.
            await files.WriteAsync(id, 0, content.AsMemory(0, IGuestFiles.Piece), default);
            await files.WriteAsync(id, IGuestFiles.Piece, content.AsMemory(IGuestFiles.Piece), default);
            Assert.Equal(given, await files.FinishAsync(id, name, default));
            Assert.True(Enumerable.SequenceEqual(content, (await DownloadedAsync(given))!), given);
        }

        var empty = Guid.NewGuid();
        await files.BeginAsync(empty, default);
        Assert.Equal("empty", await files.FinishAsync(empty, "empty", default));
        Assert.Empty((await DownloadedAsync("empty"))!);

        var dropped = Guid.NewGuid();
        await files.BeginAsync(dropped, default);
        await files.WriteAsync(dropped, 0, content.AsMemory(0, 10), default);
        await files.DropAsync(dropped, default);
        await files.DropAsync(dropped, default);
        Assert.Equal(0, await UnfinishedAsync());
        await Assert.ThrowsAsync<GuestFilesException>(() => files.WriteAsync(dropped, 10, content.AsMemory(0, 10), default));
        await Assert.ThrowsAsync<GuestFilesException>(() => files.FinishAsync(dropped, "dropped", default));
        Assert.Null(await DownloadedAsync("dropped"));
    }

    private async Task IsFetchedAsync(IGuestFiles files)
    {
        Assert.Empty(await files.ListAsync(10, default));
        var content = new byte[(2 * IGuestFiles.Piece) + 7];
        new Random(4).NextBytes(content);
        byte[] plain = Encoding.UTF8.GetBytes("a b 가.bin"), odd = [.. Encoding.ASCII.GetBytes("bad\n\""), 0xff, 0xfe];
        await ShareAsync(plain, content);
        await ShareAsync(odd, []);
        var listed = await files.ListAsync(10, default);
        Assert.Equal(2, listed.Count);
        Assert.Equal((Convert.ToHexString(plain), content.Length), (Convert.ToHexString(listed[0].Name.Span), listed[0].Bytes));
        Assert.Equal((Convert.ToHexString(odd), 0), (Convert.ToHexString(listed[1].Name.Span), listed[1].Bytes));
        Assert.Single(await files.ListAsync(1, default));

        Assert.Equal(content.Length, await files.SizeAsync(plain, default));
        Assert.Equal(0, await files.SizeAsync(odd, default));
        Assert.Null(await files.SizeAsync(Encoding.ASCII.GetBytes("missing"), default));
        var read = new List<byte>();
        while (await files.ReadAsync(plain, read.Count, default) is { IsEmpty: false } piece)
        {
            read.AddRange(piece.Span);
        }

        Assert.True(Enumerable.SequenceEqual(content, read));
        Assert.True((await files.ReadAsync(odd, 0, default)).IsEmpty);
        foreach (var name in new[] { "../.bashrc", "..", "", "/etc/passwd" }.Select(Encoding.ASCII.GetBytes))
        {
            await Assert.ThrowsAsync<GuestFilesException>(() => files.SizeAsync(name, default));
            await Assert.ThrowsAsync<GuestFilesException>(() => files.ReadAsync(name, 0, default));
        }

        await Assert.ThrowsAsync<GuestFilesException>(() => files.ReadAsync(Encoding.ASCII.GetBytes("missing"), 0, default));
    }
}

public sealed class FakeGuestFilesTests : GuestFilesConformance
{
    private readonly FakeGuestFiles _files = new();

    [Fact]
    public Task Files_arrive_whole_and_are_fetched_and_no_others() => AllAsync();

    private protected override Task<IGuestFiles> OpenAsync() => Task.FromResult<IGuestFiles>(_files);

    private protected override Task<byte[]?> DownloadedAsync(string name) => Task.FromResult(_files.Downloads.GetValueOrDefault(name));

    private protected override Task ShareAsync(byte[] name, byte[] content)
    {
        _files.Shared[Convert.ToHexString(name)] = content;
        return Task.CompletedTask;
    }

    private protected override Task<int> UnfinishedAsync() => Task.FromResult(_files.Unfinished);
}

[Collection(QemuCollection.Name)]
public sealed class RealGuestFilesTests : GuestFilesConformance, IAsyncLifetime
{
    private readonly TemporaryState _state = new();
    private Machine? _machine;

    [RootFact]
    public async Task Files_arrive_whole_and_are_fetched_and_no_others()
    {
        await AllAsync();

        // They are the person's, who may lead downloads wherever they may write themselves, and nowhere else.
        Assert.Equal("user user 644\n", await InGuestAsync("stat -c '%U %G %a' /home/user/Downloads/empty"));
        await InGuestAsync("rm -rf /home/user/Downloads && ln -s /etc /home/user/Downloads");
        await Assert.ThrowsAsync<GuestFilesException>(() => _machine!.Files!.BeginAsync(Guid.NewGuid(), default));
        await InGuestAsync("rm /home/user/Downloads && mkdir /home/user/Downloads && chown user: /home/user/Downloads && mount -t tmpfs -o size=1m,uid=1000 none /home/user/Downloads");
        var file = Guid.NewGuid();
        await _machine!.Files!.BeginAsync(file, default);
        await _machine.Files.WriteAsync(file, 0, new byte[IGuestFiles.Piece], default);
        var full = await Assert.ThrowsAsync<GuestFilesException>(() => _machine.Files.WriteAsync(file, 700_000, new byte[IGuestFiles.Piece], default));
        Assert.Equal(GuestFilesFault.NoRoom, full.Fault);
        await _machine.Files.DropAsync(file, default);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_machine is not null)
        {
            await _machine.DestroyAsync(default);
            await _machine.DisposeAsync();
        }

        _state.Dispose();
    }

    private protected override async Task<IGuestFiles> OpenAsync()
    {
        var emulator = new TestEmulator(_state.Folder);
        var template = await TestImages.Shared.TinyAsync(_state, emulator);
        _machine = await emulator.Forker.ForkAsync(template, Guid.NewGuid(), 1, PoolNetwork.Isolated("pool"), default);
        await _machine.SettleAsync(null, TimeSpan.FromSeconds(120), default);
        return _machine.Files!;
    }

    private protected override async Task<byte[]?> DownloadedAsync(string name)
    {
        // A line of the agent is not long enough for all of it.
        var path = $"\"$(printf %s {Convert.ToBase64String(Encoding.UTF8.GetBytes($"/home/user/Downloads/{name}"))} | base64 -d)\"";
        if (await InGuestAsync($"[ -f {path} ] && echo yes || echo no") == "no\n")
        {
            return null;
        }

        var content = new List<byte>();
        while (true)
        {
            var piece = Convert.FromBase64String(await InGuestAsync($"dd if={path} iflag=skip_bytes,count_bytes skip={content.Count} count=400000 status=none | base64 -w0"));
            if (piece.Length == 0)
            {
                return [.. content];
            }

            content.AddRange(piece);
        }
    }

    private protected override async Task ShareAsync(byte[] name, byte[] content)
    {
        var path = $"\"/home/user/{IGuestFiles.SharedName}/$(printf %s {Convert.ToBase64String(name)} | base64 -d)\"";
        await InGuestAsync($": >{path} && chown user: {path}");
        foreach (var piece in content.Chunk(90_000))
        {
            await InGuestAsync($"printf %s {Convert.ToBase64String(piece)} | base64 -d >>{path}");
        }
    }

    private protected override async Task<int> UnfinishedAsync() => int.Parse(await InGuestAsync("ls -A /home/user/Downloads | grep -c '^\\.vdi-.*part$' || true"), System.Globalization.CultureInfo.InvariantCulture);

    private async Task<string> InGuestAsync(string script)
    {
        var (code, output, errors) = await _machine!.Agent!.RunAsync("/bin/sh", ["-c", script], TimeSpan.FromSeconds(60), default);
        Assert.True(code == 0, $"{script[..Math.Min(script.Length, 200)]}: {errors}");
        return output;
    }
}
