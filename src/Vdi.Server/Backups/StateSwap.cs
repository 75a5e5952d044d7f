using System.Globalization;
using Vdi.Emulator;

namespace Vdi.Server.Backups;

/// <summary>Puts a state that was checked in the place of the one that is there. Once it has begun it is finished, by whoever comes next if need be: the folder
/// <c>.restore</c> is what is still to be done. The old state stays beside the new one.</summary>
internal static class StateSwap
{
    private const string New = "new";
    private const string Old = "old";
    private const string OldsMoved = "olds-moved";
    private const string DatabaseDone = "database-done";

    /// <summary>Also the log and the index of the old database, which the new one must not find.</summary>
    private static readonly string[] Items = ["vdi.db-wal", "vdi.db-shm", "vdi.db", .. BackupManifest.Folders, ServeArguments.FileName];

    private static string Folder(StateFolder state) => Path.Combine(state.Root, ".restore");

    /// <summary>Whether one was begun and not finished.</summary>
    public static bool IsUnderWay(StateFolder state) => Directory.Exists(Folder(state));

    /// <summary>Whether it still waits for a database that is no file.</summary>
    public static bool NeedsDatabase(StateFolder state) => !File.Exists(Path.Combine(Folder(state), DatabaseDone));

    /// <summary>Something is there that would be replaced.</summary>
    public static bool WouldReplace(StateFolder state) => Items.Select(item => Path.Combine(state.Root, item))
        .Any(path => File.Exists(path) ? new FileInfo(path).Length > 0 : Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any());

    /// <summary>From here on it is to be done.</summary>
    /// <param name="folder">What was checked: database/, keys/, tls/, audit/.</param>
    public static void Begin(StateFolder state, string folder)
    {
        var database = Path.Combine(folder, BackupManifest.SqliteFile);
        if (File.Exists(database))
        {
            File.Move(database, Path.Combine(folder, "vdi.db"));
        }

        var ready = Directory.CreateDirectory(folder + ".ready", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        Directory.Move(folder, Path.Combine(ready, New));
        Directory.CreateDirectory(Path.Combine(ready, Old));
        if (File.Exists(Path.Combine(ready, New, "vdi.db")))
        {
            Mark(ready, DatabaseDone);
        }

        Directory.Move(ready, Folder(state));
    }

    public static void TakeBack(StateFolder state) => Directory.Delete(Folder(state), recursive: true);

    /// <summary>The copy of a database that is no file.</summary>
    public static string DatabaseFile(StateFolder state) => Path.Combine(Folder(state), New, BackupManifest.PostgreSqlFile);

    public static void NoteDatabase(StateFolder state) => Mark(Folder(state), DatabaseDone);

    /// <summary>Each step may have been done before. Returns where the old state is kept; null where there was none.</summary>
    public static string? Finish(StateFolder state, DateTimeOffset now)
    {
        var folder = Folder(state);
        var (coming, going) = (Path.Combine(folder, New), Path.Combine(folder, Old));
        if (!File.Exists(Path.Combine(folder, OldsMoved)))
        {
            foreach (var item in Items.Where(item => !Path.Exists(Path.Combine(going, item))))
            {
                Move(Path.Combine(state.Root, item), Path.Combine(going, item));
            }

            Mark(folder, OldsMoved);
        }

        foreach (var item in Items)
        {
            Move(Path.Combine(coming, item), Path.Combine(state.Root, item));
        }

        // First it is done, then what is left is tidied up: a folder that is half deleted must not say that there is something to do.
        var kept = Path.Combine(state.Root, $"before-restore-{now.UtcDateTime.ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture)}");
        Directory.Move(folder, kept);
        Directory.Delete(Path.Combine(kept, New), recursive: true);
        if (Directory.EnumerateFileSystemEntries(Path.Combine(kept, Old)).Any())
        {
            return Path.Combine(kept, Old);
        }

        Directory.Delete(kept, recursive: true);
        return null;
    }

    private static void Move(string from, string to)
    {
        if (File.Exists(from))
        {
            File.Move(from, to, overwrite: true);
        }
        else if (Directory.Exists(from))
        {
            Directory.Move(from, to);
        }
    }

    private static void Mark(string folder, string name)
    {
        using var mark = new FileStream(Path.Combine(folder, name), FileMode.OpenOrCreate);
        mark.Flush(flushToDisk: true);
    }
}
