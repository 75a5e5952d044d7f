using System.Text;

namespace Vdi.Broker.Audit;

internal static class DurableFile
{
    /// <summary>The file appears whole and on the disk, or not at all.</summary>
    public static void Write(string path, string text, UnixFileMode mode)
    {
        var unfinished = $"{path}.{Guid.NewGuid():N}.new";
        try
        {
            using (var file = new FileStream(unfinished, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode }))
            {
                file.Write(Encoding.UTF8.GetBytes(text));
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
