using System.Runtime.InteropServices;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding.Jpeg;

/// <summary>libturbojpeg 2 or 3 by P/Invoke (TurboJPEG C API, turbojpeg.h: the functions of version 2, which version 3 keeps).</summary>
internal sealed partial class TurboJpegEncoder : IJpegEncoder
{
    private const string Library = "libturbojpeg.so.0";

    /// <summary>TJPF_RGBX.</summary>
    private const int Rgbx = 2;

    /// <summary>TJSAMP_420: half the colour in each direction.</summary>
    private const int Sampling420 = 2;

    /// <summary>TJFLAG_NOREALLOC (1024): our buffer, of the size that the library says is enough.
    /// TJFLAG_ACCURATEDCT (4096): at these qualities the library would take the quicker one, which costs bytes at the same quality.</summary>
    private const int Flags = 1024 | 4096;
    private readonly nint _handle = tjInitCompress();

    public static bool IsInstalled()
    {
        if (!NativeLibrary.TryLoad(Library, out var library))
        {
            return false;
        }

        return NativeLibrary.TryGetExport(library, "tjInitCompress", out _) && NativeLibrary.TryGetExport(library, "tjCompress2", out _);
    }

    public unsafe byte[] Encode(Picture picture, Rectangle area, int quality)
    {
        var bound = tjBufSize(area.Width, area.Height, Sampling420);
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(checked((int)bound));
        try
        {
            // The rows lie in the picture: from the first pixel of the first to the last of the last.
            var rows = picture.Pixels.AsSpan((area.Y * picture.Stride) + (area.X * 4), ((area.Height - 1) * picture.Stride) + (area.Width * 4));
            fixed (byte* from = rows)
            fixed (byte* to = buffer)
            {
                var target = to;
                var size = (nuint)buffer.Length;
                if (tjCompress2(_handle, from, area.Width, picture.Stride, area.Height, Rgbx, &target, &size, Sampling420, quality, Flags) != 0)
                {
                    throw new InvalidOperationException($"libturbojpeg: {Marshal.PtrToStringUTF8(tjGetErrorStr2(_handle))}");
                }

                return buffer.AsSpan(0, (int)size).ToArray();
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose() => _ = tjDestroy(_handle);

    [LibraryImport(Library)]
    private static partial nint tjInitCompress();

    [LibraryImport(Library)]
    private static partial nuint tjBufSize(int width, int height, int sampling);

    [LibraryImport(Library)]
    private static unsafe partial int tjCompress2(nint handle, byte* from, int width, int pitch, int height, int format, byte** to, nuint* size, int sampling, int quality, int flags);

    [LibraryImport(Library)]
    private static partial nint tjGetErrorStr2(nint handle);

    [LibraryImport(Library)]
    private static partial int tjDestroy(nint handle);
}
