using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vdi.Display.Encoding.Video;

/// <summary>OpenH264 2.3 by P/Invoke (its C API: codec_api.h, codec_app_def.h). Only the library of this name has structures of this shape:
/// the number behind its name grows when they change.</summary>
internal static unsafe partial class OpenH264
{
    private const string Library = "libopenh264.so.7";

    public static bool IsInstalled() =>
        NativeLibrary.TryLoad(Library, out var library)
        && NativeLibrary.TryGetExport(library, "WelsCreateSVCEncoder", out _)
        && NativeLibrary.TryGetExport(library, "WelsCreateDecoder", out _);

    [LibraryImport(Library)]
    internal static partial int WelsCreateSVCEncoder(EncoderTable*** encoder);

    [LibraryImport(Library)]
    internal static partial void WelsDestroySVCEncoder(EncoderTable** encoder);

    [LibraryImport(Library)]
    internal static partial int WelsCreateDecoder(DecoderTable*** decoder);

    [LibraryImport(Library)]
    internal static partial void WelsDestroyDecoder(DecoderTable** decoder);

    /// <summary>ISVCEncoderVtbl.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct EncoderTable
    {
        public nint Initialize;
        public delegate* unmanaged<EncoderTable**, EncoderParameters*, int> InitializeExt;
        public delegate* unmanaged<EncoderTable**, EncoderParameters*, int> GetDefaultParams;
        public delegate* unmanaged<EncoderTable**, int> Uninitialize;
        public delegate* unmanaged<EncoderTable**, SourcePicture*, FrameInfo*, int> EncodeFrame;
        public nint EncodeParameterSets;
        public delegate* unmanaged<EncoderTable**, byte, int> ForceIntraFrame;
        public delegate* unmanaged<EncoderTable**, int, void*, int> SetOption;
        public nint GetOption;
    }

    /// <summary>ISVCDecoderVtbl.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct DecoderTable
    {
        public delegate* unmanaged<DecoderTable**, DecoderParameters*, nint> Initialize;
        public delegate* unmanaged<DecoderTable**, nint> Uninitialize;
        public nint DecodeFrame;
        public delegate* unmanaged<DecoderTable**, byte*, int, byte**, BufferInfo*, int> DecodeFrameNoDelay;
        public nint DecodeFrame2;
        public delegate* unmanaged<DecoderTable**, byte**, BufferInfo*, int> FlushFrame;
    }

    /// <summary>SEncParamExt.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct EncoderParameters
    {
        public int UsageType;
        public int Width;
        public int Height;
        public int TargetBitrate;
        public int RateControl;
        public float MaxFrameRate;
        public int TemporalLayers;
        public int SpatialLayers;
        public Layers Layers;
        public int Complexity;
        public uint IntraPeriod;
        public int ReferenceFrames;
        public int ParameterSetStrategy;
        public byte PrefixNal;
        public byte SupplementalInformation;
        public byte SimulcastAvc;
        public int Padding;
        public int EntropyCoding;
        public byte FrameSkip;
        public int MaxBitrate;
        public int MaxQp;
        public int MinQp;
        public uint MaxNalSize;
        public byte LongTermReference;
        public int LongTermReferences;
        public uint LongTermPeriod;
        public ushort Threads;
        public byte LoadBalancing;
        public int LoopFilterDisable;
        public int LoopFilterAlpha;
        public int LoopFilterBeta;
        public byte Denoise;
        public byte BackgroundDetection;
        public byte AdaptiveQuantisation;
        public byte FrameCropping;
        public byte SceneChangeDetection;
        public byte LosslessLink;
        public byte FixOvershoot;
        public int IdrBitrateRatio;
    }

    /// <summary>SSpatialLayerConfig.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Layer
    {
        public int Width;
        public int Height;
        public float FrameRate;
        public int Bitrate;
        public int MaxBitrate;
        public int Profile;
        public int Level;
        public int Qp;
        public int SliceMode;
        public uint Slices;
        public SliceLengths SliceLengths;
        public uint SliceSize;
        public byte SignalTypePresent;
        public byte VideoFormat;
        public byte FullRange;
        public byte ColourDescriptionPresent;
        public byte ColourPrimaries;
        public byte TransferCharacteristics;
        public byte ColourMatrix;
        public byte AspectRatioPresent;
        public int AspectRatio;
        public ushort AspectWidth;
        public ushort AspectHeight;
    }

    [InlineArray(35)]
    internal struct SliceLengths
    {
        private uint _first;
    }

    [InlineArray(4)]
    internal struct Layers
    {
        private Layer _first;
    }

    /// <summary>SSourcePicture, in planes (videoFormatI420).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SourcePicture
    {
        public int Format;
        public fixed int Strides[4];
        public byte* Luma;
        public byte* Blue;
        public byte* Red;
        public byte* Fourth;
        public int Width;
        public int Height;
        public long Milliseconds;
    }

    /// <summary>SLayerBSInfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LayerInfo
    {
        public byte TemporalId;
        public byte SpatialId;
        public byte QualityId;
        public int FrameType;
        public byte LayerType;
        public int SubSequence;
        public int Nals;
        public int* NalLengths;
        public byte* Bytes;
    }

    [InlineArray(128)]
    internal struct LayerInfos
    {
        private LayerInfo _first;
    }

    /// <summary>SFrameBSInfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FrameInfo
    {
        public int LayerCount;
        public LayerInfos Layers;
        public int FrameType;
        public int Length;
        public long Milliseconds;
    }

    /// <summary>SDecodingParam.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct DecoderParameters
    {
        public nint Reconstructed;
        public uint Load;
        public byte TargetLayer;
        public int ErrorConcealment;
        public byte ParseOnly;
        public uint PropertySize;
        public int BitstreamType;
    }

    /// <summary>SBufferInfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct BufferInfo
    {
        public int Status;
        public ulong InTime;
        public ulong OutTime;
        public int Width;
        public int Height;
        public int Format;
        public int LumaStride;
        public int ChromaStride;
        public byte* Luma;
        public byte* Blue;
        public byte* Red;
    }
}
