using System.Text.Json;

namespace Vdi.Emulator;

/// <summary>Small records on disk, each whole or not there: written beside their place, and moved into it.</summary>
public static class JsonFile
{
    public static void Write<T>(string path, T value)
    {
        File.WriteAllBytes(path + ".new", JsonSerializer.SerializeToUtf8Bytes(value));
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Null where there is none or it cannot be read. What is in it may lack parts: whoever reads it looks.</summary>
    public static T? TryRead<T>(string path)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}
