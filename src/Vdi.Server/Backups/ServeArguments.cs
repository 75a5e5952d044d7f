using System.Text.Json;
using Vdi.Emulator;

namespace Vdi.Server.Backups;

/// <summary>How the server was last started, for whoever sets it up anew: its arguments, none of which is secret.</summary>
internal static class ServeArguments
{
    public const string FileName = "serve.json";

    public static void Save(StateFolder state, IReadOnlyList<string> arguments) => JsonFile.Write(Path.Combine(state.Root, FileName), arguments);

    /// <summary>Null where it was never started.</summary>
    public static IReadOnlyList<string>? Load(StateFolder state)
    {
        var file = Path.Combine(state.Root, FileName);
        return File.Exists(file) ? JsonSerializer.Deserialize<List<string>>(File.ReadAllBytes(file)) : null;
    }
}
