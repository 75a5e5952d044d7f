using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Vdi.Emulator.Machines;
using Vdi.Server.Backups;

namespace Vdi.Server.Tests.Backups;

/// <summary>A backup that is not what it was, or that somebody else made, changes nothing.</summary>
public sealed class BackupArchiveTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vdi-archive").FullName;

    private string Archive => Path.Combine(_folder, "vdi.tar.gz");

    [Fact]
    public async Task What_was_written_is_read()
    {
        var manifest = await WriteAsync(("database/vdi.db", "rows"), ("keys/audit.key", "secret"), ("tls/acme/certificates/vdi.test.crt", "chain"));
        var to = Directory.CreateDirectory(Path.Combine(_folder, "out")).FullName;
        var read = await BackupArchive.ReadAsync(Archive, to, default);
        Assert.Equal(manifest.Files, read.Files);
        Assert.Equal("chain", await File.ReadAllTextAsync(Path.Combine(to, "tls/acme/certificates/vdi.test.crt")));
        Assert.Equal(["vdi.tar.gz"], Directory.EnumerateFiles(_folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("keys/../../evil")]
    [InlineData("/etc/evil")]
    [InlineData("keys//evil")]
    [InlineData("keys")]
    [InlineData("machines/evil")]
    [InlineData("vdi.db")]
    [InlineData("database/other")]
    public async Task Names_that_no_backup_has_are_refused(string name)
    {
        await WriteRawAsync(Manifest(("database/vdi.db", "rows"), (name, "evil")), (TarEntryType.RegularFile, "database/vdi.db", "rows"), (TarEntryType.RegularFile, name, "evil"));
        await RefusedAsync("no backup has");
    }

    [Fact]
    public async Task What_the_manifest_does_not_say_is_refused()
    {
        var manifest = Manifest(("database/vdi.db", "rows"));
        await WriteRawAsync(manifest, (TarEntryType.RegularFile, "database/vdi.db", "rows"), (TarEntryType.RegularFile, "keys/more", "x"));
        await RefusedAsync("says nothing");
        await WriteRawAsync(manifest, (TarEntryType.SymbolicLink, "database/vdi.db", "/etc/passwd"));
        await RefusedAsync("says nothing");
        await WriteRawAsync(manifest, (TarEntryType.RegularFile, "database/vdi.db", "rowz"));
        await RefusedAsync("not what was backed up");
        await WriteRawAsync(manifest, (TarEntryType.RegularFile, "database/vdi.db", "more rows"));
        await RefusedAsync("bytes instead of");
        await WriteRawAsync(manifest);
        await RefusedAsync("is missing");
        await WriteRawAsync(manifest with { Format = "vdi-backup-9" }, (TarEntryType.RegularFile, "database/vdi.db", "rows"));
        await RefusedAsync("format 'vdi-backup-9'");
    }

    [Fact]
    public async Task Archive_that_was_cut_or_damaged_anywhere_is_refused()
    {
        await WriteAsync(("database/vdi.db", new string('r', 5000)), ("keys/audit.key", Convert.ToHexString(RandomNumberGenerator.GetBytes(4000))));
        var whole = await File.ReadAllBytesAsync(Archive);
        for (var length = 0; length < whole.Length - 20; length += Math.Max(1, whole.Length / 40))
        {
            await File.WriteAllBytesAsync(Archive, whole[..length]);
            await RefusedAsync("");
        }

        await File.WriteAllTextAsync(Archive, "something else");
        await RefusedAsync("");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task RefusedAsync(string words)
    {
        var to = Directory.CreateTempSubdirectory("vdi-out").FullName;
        try
        {
            Assert.Contains(words, (await Assert.ThrowsAsync<MachineException>(() => BackupArchive.ReadAsync(Archive, to, default))).Message, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(to, "..", "evil")));
        }
        finally
        {
            Directory.Delete(to, recursive: true);
        }
    }

    private static BackupManifest Manifest(params (string Name, string Text)[] files) => new(
        BackupManifest.CurrentFormat,
        "0.1.0",
        DateTimeOffset.UnixEpoch,
        "sqlite",
        "First",
        [.. files.Select(file => new BackupFile(file.Name, file.Text.Length, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(file.Text)))))],
        []);

    private async Task<BackupManifest> WriteAsync(params (string Name, string Text)[] files)
    {
        var from = Path.Combine(_folder, "in");
        foreach (var (name, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(from, name))!);
            await File.WriteAllTextAsync(Path.Combine(from, name), text);
        }

        var manifest = Manifest(files);
        await BackupArchive.WriteAsync(Archive, manifest, from, default);
        return manifest;
    }

    private async Task WriteRawAsync(BackupManifest manifest, params (TarEntryType Type, string Name, string Text)[] entries)
    {
        await using var file = File.Create(Archive);
        await using var zip = new GZipStream(file, CompressionLevel.Fastest);
        await using var tar = new TarWriter(zip, TarEntryFormat.Pax);
        await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, BackupManifest.FileName) { DataStream = new MemoryStream(manifest.ToJson()) });
        foreach (var (type, name, text) in entries)
        {
            var entry = new PaxTarEntry(type, name);
            if (type == TarEntryType.SymbolicLink)
            {
                entry.LinkName = text;
            }
            else
            {
                entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text));
            }

            await tar.WriteEntryAsync(entry);
        }
    }
}
