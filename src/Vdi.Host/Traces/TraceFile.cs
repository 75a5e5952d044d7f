namespace Vdi.Host.Traces;

/// <summary>A trace on its way to disk: there whole or not at all, and for its owner's eyes only, for it shows somebody's screen.</summary>
internal static class TraceFile
{
    public static async Task WriteAsync(string file, Func<Stream, Task> write)
    {
        var unfinished = file + ".new";
        try
        {
            await using (var stream = new FileStream(unfinished, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                await write(stream);
            }

            File.Move(unfinished, file, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
