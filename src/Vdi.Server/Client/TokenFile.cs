namespace Vdi.Server.Client;

/// <summary>Tokens that 'vdi login' keeps, a line each: the server and its token, so that no server is shown another one's; or a token alone,
/// put there by hand, for all others.</summary>
internal sealed class TokenFile(string path)
{
    private const UnixFileMode OwnOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OthersToo = ~(OwnOnly | UnixFileMode.UserExecute);

    public string Path => path;

    /// <summary>~/.config/vdi/token.</summary>
    public static TokenFile OfUser()
    {
        var config = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } given ? given : System.IO.Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".config");
        return new TokenFile(System.IO.Path.Combine(config, "vdi", "token"));
    }

    /// <summary>The token for a server, or null.</summary>
    /// <exception cref="ApiException">Others can read the file, too.</exception>
    public string? Find(Uri server)
    {
        var lines = Read();
        return lines.Select(line => line.Split(' ', 2)).FirstOrDefault(line => line.Length == 2 && line[0] == NameOf(server))?[1].Trim()
            ?? lines.FirstOrDefault(line => !line.Contains(' ', StringComparison.Ordinal));
    }

    /// <summary>Keeps a token in the place of the server's old one.</summary>
    public void Keep(Uri server, string token) => Write([.. Others(server), $"{NameOf(server)} {token}"]);

    /// <summary>Forgets a server's token.</summary>
    public void Forget(Uri server) => Write([.. Others(server)]);

    public static string NameOf(Uri server) => server.GetLeftPart(UriPartial.Authority);

    private IEnumerable<string> Others(Uri server) => Read().Where(line => !line.StartsWith($"{NameOf(server)} ", StringComparison.Ordinal));

    private List<string> Read()
    {
        if (!File.Exists(path))
        {
            return [];
        }

        return (File.GetUnixFileMode(path) & OthersToo) != 0
            ? throw new ApiException($"{path} holds tokens, and others can read it. If nobody has, take that from them with 'chmod 600 {path}'; else sign in anew and delete the old token in the browser.")
            : [.. File.ReadAllLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
    }

    private void Write(IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
        {
            File.Delete(path);
            return;
        }

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!, OwnOnly | UnixFileMode.UserExecute);
        var next = $"{path}.{Environment.ProcessId}";
        using (var writer = new StreamWriter(new FileStream(next, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnOnly })))
        {
            foreach (var line in lines)
            {
                writer.WriteLine(line);
            }
        }

        File.Move(next, path, overwrite: true);
    }
}
