using System.Text.Json;
using Vdi.Broker.Data;
using Vdi.Emulator.Machines;

namespace Vdi.Server.Backups;

/// <param name="Name">Path in the archive, which is that in the state folder but for the database.</param>
/// <param name="Sha256">In lower-case hex.</param>
internal sealed record BackupFile(string Name, long Size, string Sha256);

/// <summary>An image that is not in the backup, but that its pools need.</summary>
internal sealed record BackupImage(string Name, string? Version);

/// <summary>The first file of a backup, which says what the others are. See docs/specs/backup.md.</summary>
/// <param name="Version">Of the program that made it.</param>
/// <param name="Database">"sqlite" or "postgresql".</param>
/// <param name="Migration">The model that its database has.</param>
internal sealed record BackupManifest(string Format, string Version, DateTimeOffset At, string Database, string Migration, IReadOnlyList<BackupFile> Files, IReadOnlyList<BackupImage> Images)
{
    public const string FileName = "manifest.json";
    public const string CurrentFormat = "vdi-backup-1";
    public const string SqliteFile = "database/vdi.db";
    public const string PostgreSqlFile = "database/vdi.dump";

    /// <summary>What is swapped as a whole, beside the database.</summary>
    public static IReadOnlyList<string> Folders { get; } = ["keys", "tls", "audit"];

    public string DatabaseFile => Database == DatabaseCopy.Sqlite ? SqliteFile : PostgreSqlFile;

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);

    /// <exception cref="MachineException">It is none, or names what no backup has.</exception>
    public static BackupManifest Read(byte[] json)
    {
        BackupManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<BackupManifest>(json, JsonSerializerOptions.Web);
        }
        catch (JsonException e)
        {
            throw new MachineException("This is no backup of Vdi: its manifest cannot be read", e);
        }

        if (manifest is not { Format: CurrentFormat, Database: DatabaseCopy.Sqlite or DatabaseCopy.PostgreSql, Files: not null, Images: not null, Migration: not null })
        {
            throw new MachineException($"This backup's format '{manifest?.Format}' is not known to this version of Vdi, which reads '{CurrentFormat}'");
        }

        if (manifest.Files.FirstOrDefault(file => !IsAllowed(file.Name, manifest)) is { } odd)
        {
            throw new MachineException($"The backup names a file that no backup has: '{odd.Name}'");
        }

        return manifest;
    }

    private static bool IsAllowed(string? name, BackupManifest manifest)
    {
        if (name is null || name == manifest.DatabaseFile || name == ServeArguments.FileName)
        {
            return name is not null;
        }

        var parts = name.Split('/');
        return parts.Length is > 1 and < 16 && Folders.Contains(parts[0]) && parts.All(part => part.Length > 0 && part is not ("." or "..") && !part.AsSpan().ContainsAny('\\', '\0'));
    }
}
