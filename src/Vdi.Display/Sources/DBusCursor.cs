using Vdi.Protocol.DBus;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Sources;

/// <summary>The pointer's shape from QEMU's form to the wire's.</summary>
internal static class DBusCursor
{
    /// <summary>Hidden where it is larger than the wire takes, or empty. virtio-gpu hands on what the guest's driver gave it, and that
    /// has its colours multiplied with alpha (Linux, drm_plane_create_blend_mode_property: "Pre-multiplied" is the default); the wire's
    /// has not.</summary>
    public static Cursor Of(CursorDefine shape)
    {
        if (shape.Width is 0 or > Cursor.Max || shape.Height is 0 or > Cursor.Max)
        {
            return Cursor.Hidden;
        }

        var rgba = new byte[shape.Data.Length];
        for (var at = 0; at < rgba.Length; at += 4)
        {
            // 0xAARRGGBB, little-endian: blue comes first.
            var alpha = shape.Data[at + 3];
            rgba[at] = Straight(shape.Data[at + 2], alpha);
            rgba[at + 1] = Straight(shape.Data[at + 1], alpha);
            rgba[at + 2] = Straight(shape.Data[at], alpha);
            rgba[at + 3] = alpha;
        }

        return new Cursor(shape.Width, shape.Height, Math.Clamp(shape.HotX, 0, shape.Width - 1), Math.Clamp(shape.HotY, 0, shape.Height - 1), rgba);
    }

    private static byte Straight(byte colour, byte alpha) => alpha == 0 ? (byte)0 : (byte)Math.Min(255, ((colour * 255) + (alpha / 2)) / alpha);
}
