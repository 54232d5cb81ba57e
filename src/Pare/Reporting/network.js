// The last section of a report: it runs the network that the page reports on, and shows what it says. The model lies in the page as a
// safetensors file, whose metadata lists the operations; they are computed here by their definition, in double precision, one value at a
// time, as the library's ReferenceExecutor does. Maps are arrays [channel][row][column], shapes [channels, rows, columns].
"use strict";

// --- The model ------------------------------------------------------------------------------------------------------------------------

// 8 bytes with the length of the header, the header as JSON, and the tensors: 32-bit floats, the low byte first.
function readModel(base64) {
  const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const start = 8 + Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  const tensor = name => {
    const { shape, data_offsets: [from, to] } = header[name];
    return { shape, values: Float32Array.from({ length: (to - from) / 4 }, (_, i) => view.getFloat32(start + from + 4 * i, true)) };
  };
  const record = JSON.parse(header.__metadata__.pare);
  const places = new Map(record.operations.map((operation, place) => [operation.name, place]));
  return {
    classes: JSON.parse(header.__metadata__.classes),
    temperature: record.temperature ?? 1,
    threshold: record.sure_threshold ?? 0,
    shape: record.operations[0].shape,
    mean: record.preprocessing.mean.map(Math.fround),
    deviation: record.preprocessing.standard_deviation.map(Math.fround),
    operations: record.operations.map(operation => ({
      ...operation,
      inputs: (operation.inputs ?? []).map(name => places.get(name)),
      weights: operation.weights && tensor(operation.weights),
      scale: operation.scale && tensor(operation.scale).values,
      shift: operation.shift && tensor(operation.shift).values,
    })),
  };
}

// --- The network ----------------------------------------------------------------------------------------------------------------------

// The logits of an image of bytes, [channel][row][column].
function logits(model, image) {
  const [, rows, columns] = model.shape;
  const values = Float32Array.from(image, (byte, i) => {
    const channel = Math.floor(i / (rows * columns));
    return Math.fround(Math.fround(byte / 255) - model.mean[channel]) / model.deviation[channel];
  });
  const maps = [];
  for (const operation of model.operations) {
    maps.push(operation.kind === "input" ? { shape: model.shape, values } : compute(operation, operation.inputs.map(place => maps[place])));
  }
  return maps[maps.length - 1].values;
}

// Probabilities of logits; they sum to 1.
function softmax(values, temperature) {
  const most = values.reduce((a, b) => Math.max(a, b));
  const powers = Array.from(values, value => Math.exp((value - most) / temperature));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map(power => power / sum);
}

// What `pare predict` says: probabilities at the temperature that the model keeps, and whether it is sure, by those at temperature 1.
function predict(model, outputs) {
  const isSure = !(Math.max(...softmax(outputs, 1)) < model.threshold);
  return { probabilities: softmax(outputs, model.temperature), isSure };
}

function compute(operation, inputs) {
  const { shape: [channels, rows, columns], values } = inputs[0];
  const pixels = rows * columns;
  switch (operation.kind) {
    case "convolution": return convolve(operation, inputs[0]);
    case "max_pool":
    case "average_pool": return pool(operation, inputs[0]);
    case "blur_pool": return blur(operation, inputs[0]);
    case "global_mean": {
      const sums = new Float64Array(channels);
      values.forEach((value, i) => { sums[Math.floor(i / pixels)] += value; });
      return { shape: [channels, 1, 1], values: Float32Array.from(sums, sum => sum / pixels) };
    }
    case "add": {
      const apply = activation(operation);
      return { ...inputs[0], values: values.map((_, i) => apply(inputs.reduce((sum, input) => sum + input.values[i], 0))) };
    }
    case "multiply": {
      const factors = inputs[1].values, share = factors.length === values.length ? 1 : pixels;
      return { ...inputs[0], values: values.map((value, i) => value * factors[Math.floor(i / share)]) };
    }
    case "activation": return { ...inputs[0], values: values.map(activation(operation)) };
    case "flatten": return { shape: [values.length, 1, 1], values };
    case "concat": {
      const together = new Float32Array(inputs.reduce((sum, input) => sum + input.values.length, 0));
      let at = 0;
      for (const input of inputs) {
        together.set(input.values, at);
        at += input.values.length;
      }
      return { shape: [together.length / pixels, rows, columns], values: together };
    }
    default: throw new Error(`Nothing computes the operation '${operation.kind}'.`);
  }
}

// The nearest whole number, of two the even one.
function nearest(x) {
  const floor = Math.floor(x), rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

function activation(operation) {
  const a = Math.fround(operation.a), b = Math.fround(operation.b);
  const hardSigmoid = x => Math.min(Math.max(x / 6 + 0.5, 0), 1);
  switch (operation.function) {
    case "Identity": return x => x;
    case "Relu": return x => Math.max(x, 0);
    case "Clip": return x => Math.min(Math.max(x, a), b);
    case "LeakyRelu": return x => x < 0 ? a * x : x;
    case "Elu": return x => x < 0 ? a * (Math.exp(x) - 1) : x;
    case "Sigmoid": return x => 1 / (1 + Math.exp(-x));
    case "HardSigmoid": return hardSigmoid;
    case "Silu": return x => x / (1 + Math.exp(-x));
    case "HardSwish": return x => x * hardSigmoid(x);
    case "Tanh": return Math.tanh;
    case "FakeQuantize": return x => a * Math.min(Math.max(nearest(x / a), -128 - b), 127 - b);
    default: throw new Error(`Nothing computes the function '${operation.function}'.`);
  }
}

// A window along one axis: how many outputs there are, and which of them see a pixel of the map through the window's place k.
function sliding(side, kernel, stride, dilation, before, after) {
  const outputs = Math.floor((side + before + after - ((kernel - 1) * dilation + 1)) / stride) + 1;
  const place = (output, k) => output * stride + k * dilation - before;
  const first = k => Math.max(0, Math.ceil((before - k * dilation) / stride));
  const last = k => Math.min(outputs - 1, Math.floor((side - 1 + before - k * dilation) / stride));
  return { outputs, place, first, last };
}

function axes({ window: [height, width], strides, dilations, borders: [top, left, bottom, right] }, [, rows, columns]) {
  return [
    sliding(rows, height, strides[0], dilations[0], top, bottom),
    sliding(columns, width, strides[1], dilations[1], left, right),
  ];
}

// Tap by tap, so that the inner loop runs along a row without a test for the border.
function convolve(operation, { shape, values }) {
  const [, rows, columns] = shape;
  const [outputs, inputs, height, width] = operation.weights.shape;
  const [down, across] = axes(operation, shape);
  const apply = activation(operation), stride = operation.strides[1];
  const pixels = down.outputs * across.outputs;
  const sums = new Float64Array(pixels), result = new Float32Array(outputs * pixels);
  for (let o = 0, at = 0; o < outputs; o++) {
    sums.fill(0);
    const firstInput = Math.floor(o / (outputs / operation.groups)) * inputs;
    for (let c = 0; c < inputs; c++) {
      for (let u = 0; u < height; u++) {
        for (let v = 0; v < width; v++, at++) {
          const weight = operation.weights.values[at], first = across.first(v), last = across.last(v);
          for (let i = down.first(u); i <= down.last(u); i++) {
            let from = ((firstInput + c) * rows + down.place(i, u)) * columns + across.place(first, v);
            const end = i * across.outputs + last;
            for (let to = i * across.outputs + first; to <= end; to++, from += stride) sums[to] += weight * values[from];
          }
        }
      }
    }
    const scale = operation.scale ? operation.scale[o] : 1, shift = operation.shift ? operation.shift[o] : 0;
    for (let i = 0; i < pixels; i++) result[o * pixels + i] = apply(sums[i] * scale + shift);
  }
  return { shape: [outputs, down.outputs, across.outputs], values: result };
}

function pool(operation, { shape, values }) {
  const [channels, rows, columns] = shape, [height, width] = operation.window;
  const [down, across] = axes(operation, shape);
  const result = new Float32Array(channels * down.outputs * across.outputs);
  for (let at = 0; at < result.length; at++) {
    const j = at % across.outputs, i = Math.floor(at / across.outputs) % down.outputs;
    const channel = Math.floor(at / (across.outputs * down.outputs));
    let sum = 0, most = -Infinity, count = 0;
    for (let u = 0; u < height; u++) {
      for (let v = 0; v < width; v++) {
        const row = down.place(i, u), column = across.place(j, v);
        if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
        const value = values[(channel * rows + row) * columns + column];
        sum += value;
        most = Math.max(most, value);
        count++;
      }
    }
    result[at] = operation.mode === "Max" ? most : sum / (operation.mode === "Average" ? count : height * width);
  }
  return { shape: [channels, down.outputs, across.outputs], values: result };
}

// The outer product of a row of binomials with itself, over a border that mirrors the map without repeating its edge.
function blur({ filter, stride }, { shape: [channels, rows, columns], values }) {
  const weights = [1 / 2 ** (filter - 1)], before = Math.floor((filter - 1) / 2);
  for (let k = 1; k < filter; k++) weights.push(weights[k - 1] * (filter - k) / k);
  const mirrored = (place, side) => place < 0 ? -place : place >= side ? 2 * side - 2 - place : place;
  const height = Math.floor((rows - 1) / stride) + 1, width = Math.floor((columns - 1) / stride) + 1;
  const result = new Float32Array(channels * height * width);
  for (let at = 0; at < result.length; at++) {
    const j = at % width, i = Math.floor(at / width) % height, channel = Math.floor(at / (width * height));
    let sum = 0;
    for (let u = 0; u < filter; u++) {
      const row = (channel * rows + mirrored(i * stride + u - before, rows)) * columns;
      for (let v = 0; v < filter; v++) sum += weights[u] * weights[v] * values[row + mirrored(j * stride + v - before, columns)];
    }
    result[at] = sum;
  }
  return { shape: [channels, height, width], values: result };
}

// --- Pictures -------------------------------------------------------------------------------------------------------------------------

// A picture of red, green, blue and opacity, row by row, as the bytes of an image of the network's shape: grey by the luma of ITU-R BT.601
// or in colour, scaled until it covers the frame, and cropped to the centre. Opacity is passed over. Rounded as the library does, to 32-bit
// floats.
function fit(picture, width, height, [channels, rows, columns]) {
  const source = new Uint8Array(width * height * channels);
  for (let from = 0, to = 0; to < source.length; from += 4, to += channels) {
    if (channels === 1) source[to] = (picture[from] * 77 + picture[from + 1] * 150 + picture[from + 2] * 29) >> 8;
    else for (let c = 0; c < channels; c++) source[to + c] = picture[from + c];
  }

  const image = new Uint8Array(channels * rows * columns);
  if (width === columns && height === rows) {
    for (let i = 0; i < image.length; i++) image[i] = source[(i % (rows * columns)) * channels + Math.floor(i / (rows * columns))];
    return image;
  }

  const scale = Math.max(columns / width, rows / height);
  const across = taps(width, columns, scale), down = taps(height, rows, scale);
  const begin = down[0].first, end = down[rows - 1].first + down[rows - 1].weights.length;
  const lines = new Float32Array((end - begin) * channels * columns);
  for (let y = begin, at = 0; y < end; y++) {
    for (let c = 0; c < channels; c++) {
      for (const { first, weights } of across) {
        let sum = 0, from = (y * width + first) * channels + c;
        for (let k = 0; k < weights.length; k++, from += channels) sum = Math.fround(sum + Math.fround(weights[k] * source[from]));
        lines[at++] = sum;
      }
    }
  }

  for (let c = 0, at = 0; c < channels; c++) {
    for (const { first, weights } of down) {
      for (let x = 0; x < columns; x++) {
        let sum = 0, from = ((first - begin) * channels + c) * columns + x;
        for (let k = 0; k < weights.length; k++, from += channels * columns) sum = Math.fround(sum + Math.fround(weights[k] * lines[from]));
        image[at++] = Math.min(Math.max(Math.floor(Math.fround(sum + 0.5)), 0), 255);
      }
    }
  }
  return image;
}

// Which places of an axis of so many pixels make each place of the wanted length, and with what weights: the mean of the area to shrink,
// bicubic (a = -0.5) to enlarge.
function taps(pixels, length, scale) {
  const clamp = (value, from, to) => Math.min(Math.max(value, from), to);
  let offset = (pixels - length / scale) / 2;
  if (scale === 1) offset = Math.floor(offset);
  return Array.from({ length }, (_, i) => {
    const { first, weights } = scale > 1 ? cubic(offset + (i + 0.5) / scale - 0.5) : area(offset + i / scale, offset + (i + 1) / scale);
    const sum = weights.reduce((a, b) => Math.fround(a + b), 0);
    return { first, weights: weights.map(weight => weight / sum) };
  });

  function area(from, to) {
    const first = clamp(Math.floor(from), 0, pixels - 1), last = clamp(Math.ceil(to - 1e-9) - 1, first, pixels - 1);
    const share = (_, k) => Math.max(Math.min(first + k + 1, to) - Math.max(first + k, from), 1e-12);
    return { first, weights: Float32Array.from({ length: last - first + 1 }, share) };
  }

  function cubic(centre) {
    const start = Math.floor(centre) - 1, first = clamp(start, 0, pixels - 1), last = clamp(start + 3, 0, pixels - 1);
    const weights = new Float32Array(last - first + 1);
    for (let i = start; i < start + 4; i++) {
      const t = Math.abs(centre - i);
      const weight = t < 1 ? (1.5 * t - 2.5) * t * t + 1 : t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
      weights[clamp(i, first, last) - first] += Math.fround(weight);
    }
    return { first, weights };
  }
}

// Whether the browser has lost colours that lie under transparent pixels: its canvas keeps them dimmed, down to black.
function isTransparent(picture) {
  for (let i = 3; i < picture.length; i += 4) if (picture[i] < 255) return true;
  return false;
}

// The pixels of something that the browser decodes, upright and without a conversion of its colours.
async function pixelsOf(picture) {
  const mostPixels = 1e8;
  const bitmap = await createImageBitmap(picture, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  if (bitmap.width * bitmap.height > mostPixels) throw new Error(`it has more than ${mostPixels / 1e6} million pixels`);
  const canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

// --- The section ----------------------------------------------------------------------------------------------------------------------

function start(section) {
  const mostClasses = 12, fewerClasses = 10, mostChoices = 12;
  const part = name => section.querySelector(`.${name}`);
  const model = readModel(document.getElementById("model").textContent);
  const [channels, rows, columns] = model.shape;
  const pad = part("pad"), seen = part("seen"), verdict = part("verdict"), status = part("status");
  const drawing = pad.getContext("2d", { willReadFrequently: true });

  // Light strokes on a dark ground where most of what the network was trained on is dark.
  const dark = model.mean.reduce((a, b) => a + b) / channels < 0.5;
  const [ground, ink] = dark ? ["#000", "#fff"] : ["#fff", "#000"];

  // Few classes keep their order, so that one sees the bars move; of many the most probable are shown.
  const bars = model.classes.slice(0, model.classes.length > mostClasses ? fewerClasses : mostClasses).map(() => {
    const [row, name, track, bar, share] = ["li", "span", "span", "span", "span"].map(tag => document.createElement(tag));
    track.className = "track";
    share.className = "number";
    track.append(bar);
    row.append(name, track, share);
    part("bars").append(row);
    return { row, name, bar, share };
  });

  function show({ probabilities, isSure }) {
    const order = model.classes.map((_, i) => i).sort((a, b) => probabilities[b] - probabilities[a]);
    const shown = bars.length < model.classes.length ? order : model.classes.map((_, i) => i);
    bars.forEach(({ row, name, bar, share }, i) => {
      const probability = probabilities[shown[i]];
      name.textContent = model.classes[shown[i]];
      bar.style.width = `${100 * probability}%`;
      share.textContent = `${(100 * probability).toFixed(1)} %`;
      row.className = shown[i] === order[0] ? "best" : "";
    });
    verdict.textContent = isSure ? model.classes[order[0]] : "unsure";
  }

  function answer(image) {
    const context = seen.getContext("2d"), picture = context.createImageData(columns, rows);
    for (let i = 0; i < rows * columns; i++) {
      for (let c = 0; c < 3; c++) picture.data[4 * i + c] = image[(channels === 1 ? 0 : c) * rows * columns + i];
      picture.data[4 * i + 3] = 255;
    }
    context.putImageData(picture, 0, 0);
    const began = performance.now(), outputs = logits(model, image), took = performance.now() - began;
    if (!outputs.every(Number.isFinite)) return blank("The network's outputs are no finite numbers: the training behind it ran away.");
    show(predict(model, outputs));
    status.textContent = `Computed by this page in ${took < 10 ? took.toFixed(1) : Math.round(took)} ms.`;
  }

  function blank(text) {
    bars.forEach(({ row, name, bar, share }, i) => {
      [row.className, name.textContent, share.textContent] = ["", bars.length < model.classes.length ? "" : model.classes[i], ""];
      bar.style.width = "0";
    });
    verdict.textContent = "";
    status.textContent = text;
  }

  function clear() {
    drawing.fillStyle = ground;
    drawing.fillRect(0, 0, pad.width, pad.height);
    seen.getContext("2d").drawImage(pad, 0, 0, columns, rows);
  }

  // The latest picture counts, whichever is decoded first.
  let latest = 0, isPicture = false, stroke = null, waiting = false;

  async function open(picture) {
    const mine = ++latest;
    try {
      const { data, width, height } = await pixelsOf(picture);
      if (mine !== latest) return;
      answer(fit(data, width, height, model.shape));
      if (isTransparent(data)) status.textContent += " The picture is transparent in places, where a page sees black; pare predict sees the colours there.";
      drawing.imageSmoothingEnabled = false;
      drawing.drawImage(seen, 0, 0, pad.width, pad.height);
      isPicture = true;
    } catch (error) {
      if (mine === latest) status.textContent = `This picture cannot be read: ${error.message}`;
    }
  }

  function draw(event) {
    const box = pad.getBoundingClientRect();
    const x = (event.clientX - box.left) * pad.width / box.width, y = (event.clientY - box.top) * pad.height / box.height;
    drawing.lineWidth = Math.min(pad.width, pad.height) / 12;
    drawing.lineCap = "round";
    drawing.strokeStyle = ink;
    drawing.beginPath();
    drawing.moveTo(stroke.x ?? x, stroke.y ?? y);
    drawing.lineTo(x, y);
    drawing.stroke();
    Object.assign(stroke, { x, y });
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      answer(fit(drawing.getImageData(0, 0, pad.width, pad.height).data, pad.width, pad.height, model.shape));
    });
  }

  pad.addEventListener("pointerdown", event => {
    if (event.button !== 0 || stroke) return;
    event.preventDefault();
    latest++;
    // A digit is drawn on an empty ground; what is in colour may be drawn over.
    if (isPicture && channels === 1) clear();
    isPicture = false;
    stroke = { id: event.pointerId };
    draw(event);
  });
  window.addEventListener("pointermove", event => { if (stroke?.id === event.pointerId) draw(event); });
  for (const end of ["pointerup", "pointercancel"]) {
    window.addEventListener(end, event => { if (stroke?.id === event.pointerId) stroke = null; });
  }
  part("clear").addEventListener("click", () => {
    latest++;
    isPicture = false;
    clear();
    blank("Draw something, or take a picture.");
  });
  part("file").addEventListener("change", event => {
    if (event.target.files[0]) open(event.target.files[0]);
    event.target.value = "";
  });
  section.addEventListener("dragover", event => event.preventDefault());
  section.addEventListener("drop", event => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) open(event.dataTransfer.files[0]);
    else status.textContent = "Only the file of a picture can be dropped here.";
  });

  // The worst images are in the page already.
  const worst = [...document.querySelectorAll(".worst img")].slice(0, mostChoices);
  for (const image of worst) {
    const button = Object.assign(document.createElement("button"), { type: "button", title: image.alt });
    button.append(image.cloneNode());
    button.addEventListener("click", () => open(image));
    part("choices").append(button);
  }
  part("worst-images").hidden = worst.length === 0;

  clear();
  blank("Draw something, or take a picture.");
  if (worst.length > 0) open(worst[0]);
  part("interactive").hidden = false;
}

if (document.getElementById("try")) start(document.getElementById("try"));
