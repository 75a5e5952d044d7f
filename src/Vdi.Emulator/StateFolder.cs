using Vdi.Emulator.Machines;

namespace Vdi.Emulator;

/// <summary>Where everything that Vdi keeps lives: VDI_STATE, or /var/lib/vdi for root, or the user's data folder.
/// Folders are 0711: a machine's QEMU can reach the files that it is given by name and list nothing.</summary>
public sealed class StateFolder
{
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public StateFolder(string root)
    {
        Root = Path.GetFullPath(root);
        foreach (var folder in (string[])[Root, Images, Templates, Machines, Edits, Homes])
        {
            Make(folder);
        }

        // It may have been made by a script under another umask.
        File.SetUnixFileMode(Root, FolderMode);
    }

    public string Root { get; }

    /// <summary>The embedded database, for this user's eyes only.</summary>
    public string Database
    {
        get
        {
            var path = Path.Combine(Root, "vdi.db");
            using (new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                return path;
            }
        }
    }

    public string Images => Path.Combine(Root, "images");

    public string Templates => Path.Combine(Root, "templates");

    public string Machines => Path.Combine(Root, "machines");

    /// <summary>Machines in which images are worked on.</summary>
    public string Edits => Path.Combine(Root, "edits");

    /// <summary>People's own disks.</summary>
    public string Homes => Path.Combine(Root, "homes");

    /// <summary>Files on their way here, and those made to be fetched.</summary>
    public string Transfers => Path.Combine(Root, "transfers");

    /// <summary>Who may come back to which machine.</summary>
    public string Sessions => Path.Combine(Root, "sessions");

    /// <summary>One folder for each pool that has the internet on this host; made when the first one does.</summary>
    public string Networks => Path.Combine(Root, "networks");

    /// <summary>Where the folder is for whoever runs this; nothing is made there.</summary>
    public static string PathFromEnvironment()
    {
        var home = Environment.GetEnvironmentVariable("HOME") ?? "/";
        var data = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } xdg ? xdg : Path.Combine(home, ".local", "share");
        return Environment.GetEnvironmentVariable("VDI_STATE") is { Length: > 0 } given ? given
            : Environment.IsPrivilegedProcess ? "/var/lib/vdi"
            : Path.Combine(data, "vdi");
    }

    public static StateFolder FromEnvironment() => new(PathFromEnvironment());

    /// <summary>Holds the folder for this process alone, until disposed or the process ends: two servers over the same machines would
    /// end each other's.</summary>
    public IDisposable TakeAlone()
    {
        try
        {
            return new FileStream(Path.Combine(Root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new MachineException($"Another Vdi server runs over {Root}: stop it first (deploy/down), or set VDI_STATE to another folder", e);
        }
    }

    public static void Make(string folder) => Directory.CreateDirectory(folder, FolderMode);
}
