using Vdi.Server.Backups;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Backups;

public sealed class StateSwapTests : IDisposable
{
    private static readonly string[] Items = ["vdi.db-wal", "vdi.db-shm", "vdi.db", "keys", "tls", "audit", "serve.json"];
    private readonly TemporaryState _state = new();

    private string Root => _state.Folder.Root;

    /// <summary>A process that ends after any number of its steps; the next one does the rest.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(7, 0)]
    [InlineData(7, 1)]
    [InlineData(7, 4)]
    [InlineData(7, 7)]
    public void Swap_that_was_interrupted_anywhere_is_finished(int olds, int news)
    {
        Prepare();
        var folder = Path.Combine(Root, ".restore");
        foreach (var item in Items.Take(olds).Where(item => Path.Exists(Path.Combine(Root, item))))
        {
            Directory.Move(Path.Combine(Root, item), Path.Combine(folder, "old", item));
        }

        if (olds == Items.Length)
        {
            File.WriteAllText(Path.Combine(folder, "olds-moved"), "");
        }

        foreach (var item in Items.Take(news).Where(item => Path.Exists(Path.Combine(folder, "new", item))))
        {
            Directory.Move(Path.Combine(folder, "new", item), Path.Combine(Root, item));
        }

        Assert.True(StateSwap.IsUnderWay(_state.Folder));
        Assert.False(StateSwap.NeedsDatabase(_state.Folder));
        var kept = StateSwap.Finish(_state.Folder, DateTimeOffset.UnixEpoch);
        Assert.Equal(Path.Combine(Root, "before-restore-19700101T000000000Z", "old"), kept);
        Assert.Equal("new", File.ReadAllText(Path.Combine(Root, "vdi.db")));
        Assert.Equal("new", File.ReadAllText(Path.Combine(Root, "keys", "key.xml")));
        Assert.False(File.Exists(Path.Combine(Root, "vdi.db-wal")));
        Assert.Equal("old", File.ReadAllText(Path.Combine(kept!, "vdi.db")));
        Assert.Equal("old", File.ReadAllText(Path.Combine(kept!, "vdi.db-wal")));
        Assert.Equal("old", File.ReadAllText(Path.Combine(kept!, "keys", "key.xml")));
        Assert.Equal("old", File.ReadAllText(Path.Combine(kept!, "tls", "ca.key")));
        Assert.False(Directory.Exists(Path.Combine(Root, "tls")));
        Assert.False(StateSwap.IsUnderWay(_state.Folder));
    }

    [Fact]
    public void Nothing_is_kept_where_nothing_was()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, ".restoring-1")).FullName;
        Write(folder, "database/vdi.db", "new");
        Assert.False(StateSwap.WouldReplace(_state.Folder));
        StateSwap.Begin(_state.Folder, folder);
        Assert.Null(StateSwap.Finish(_state.Folder, DateTimeOffset.UnixEpoch));
        Assert.Equal("new", File.ReadAllText(Path.Combine(Root, "vdi.db")));
        Assert.Equal([], Directory.EnumerateFileSystemEntries(Root, ".*"));
    }

    public void Dispose() => _state.Dispose();

    private void Prepare()
    {
        foreach (var name in (string[])["vdi.db", "vdi.db-wal", "keys/key.xml", "tls/ca.key"])
        {
            Write(Root, name, "old");
        }

        Assert.True(StateSwap.WouldReplace(_state.Folder));
        var folder = Path.Combine(Root, ".restoring-1");
        Write(folder, "database/vdi.db", "new");
        Write(folder, "keys/key.xml", "new");
        StateSwap.Begin(_state.Folder, folder);
    }

    private static void Write(string root, string name, string text)
    {
        var path = Path.Combine(root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
