using Vdi.Display.Framebuffer;
using Vdi.Protocol;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding.Video;

/// <summary>The other way: for viewers without a browser, in tests and benchmarks.</summary>
internal sealed unsafe class VideoDecoder : IDisposable
{
    private OpenH264.DecoderTable** _decoder;

    public VideoDecoder()
    {
        OpenH264.DecoderTable** decoder;
        if (OpenH264.WelsCreateDecoder(&decoder) != 0)
        {
            throw new InvalidOperationException("OpenH264 could not make a decoder");
        }

        _decoder = decoder;
        var parameters = new OpenH264.DecoderParameters { TargetLayer = 255, PropertySize = 8, BitstreamType = 0 };
        if ((*_decoder)->Initialize(_decoder, &parameters) != 0)
        {
            Dispose();
            throw new InvalidOperationException("OpenH264's decoder did not begin");
        }
    }

    /// <summary>Paints the next picture onto an area of its size.</summary>
    public void Decode(ReadOnlySpan<byte> accessUnit, Picture picture, Rectangle area)
    {
        var planes = stackalloc byte*[3];
        OpenH264.BufferInfo info;
        fixed (byte* bytes = accessUnit)
        {
            var state = (*_decoder)->DecodeFrameNoDelay(_decoder, bytes, accessUnit.Length, planes, &info);
            if (state == 0 && info.Status == 0)
            {
                // It keeps pictures of this profile back, for they might be out of order; ours never are.
                state = (*_decoder)->FlushFrame(_decoder, planes, &info);
            }

            if (state != 0 || info.Status != 1)
            {
                throw new ProtocolException($"H.264: a picture cannot be decoded (state {state:x})");
            }
        }

        if (info.Width < area.Width || info.Height < area.Height)
        {
            throw new ProtocolException($"H.264: a picture of {info.Width} x {info.Height} for an area of {area.Width} x {area.Height}");
        }

        for (var y = 0; y < area.Height; y++)
        {
            var luma = planes[0] + (y * info.LumaStride);
            var to = picture.Words(area.X, area.Y + y, area.Width);
            for (var x = 0; x < to.Length; x++)
            {
                var blue = Between(planes[1], info, x, y) - 128;
                var red = Between(planes[2], info, x, y) - 128;
                var l = luma[x] << 8;
                to[x] = 0xFF000000 | (uint)(Byte(l + (359 * red)) | (Byte(l - (88 * blue) - (183 * red)) << 8) | (Byte(l + (454 * blue)) << 16));
            }
        }
    }

    public void Dispose()
    {
        if (_decoder is not null)
        {
            _ = (*_decoder)->Uninitialize(_decoder);
            OpenH264.WelsDestroyDecoder(_decoder);
            _decoder = null;
        }
    }

    /// <summary>Colour between its samples, which lie in the middle of four pixels: three parts of the nearest, one of the next, in each direction.</summary>
    private static int Between(byte* plane, in OpenH264.BufferInfo info, int x, int y)
    {
        var (nearX, nearY) = (x / 2, y / 2);
        var nextX = Math.Clamp((x & 1) == 0 ? nearX - 1 : nearX + 1, 0, (info.Width / 2) - 1);
        var nextY = Math.Clamp((y & 1) == 0 ? nearY - 1 : nearY + 1, 0, (info.Height / 2) - 1);
        var near = plane + (nearY * info.ChromaStride);
        var next = plane + (nextY * info.ChromaStride);
        return ((9 * near[nearX]) + (3 * near[nextX]) + (3 * next[nearX]) + next[nextX] + 8) >> 4;
    }

    private static int Byte(int value) => Math.Clamp((value + 128) >> 8, 0, 255);
}
