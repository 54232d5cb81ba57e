#!/usr/bin/env bash
# What each technique does to robustness: trains every row with three seeds and measures each run, then prints the tables of
# docs/robustness.md. What is done already is not done again.
#   docs/robustness/measure.sh mnist data/mnist FOLDER
#   docs/robustness/measure.sh cifar10 data/cifar10 FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
name=$1 data=$2 folder=$3
case $name in
  mnist) images=10000 blur='[blur_pool]' noise=0.1 mixup=0.1 cutout=6 smoothing=0.05 rho=0.02 adversarial='{epsilon: 0.1, share: 0.5}' ;;
  cifar10) images=2500 blur='[{blur_pool: {convolutions: true}}]' noise=0.05 mixup=0.2 cutout=8 smoothing=0.1 rho=0.05 adversarial='{share: 0.5}' ;;
  *) echo "There are the recipes mnist and cifar10, not $name." >&2; exit 2 ;;
esac
mkdir -p "$folder"

row() {
  local technique=$1 run seed
  shift
  for seed in 1 2 3; do
    run=$folder/$technique-$seed
    [ -f "$run.robust.json" ] && continue
    [ -f "$run/result.json" ] || pare train "$here/$name.yaml" --data "$data" --seed "$seed" --out "$run" "$@"
    pare eval "$run" --data "$data" --robust --images "$images" --sections corruptions,shifts,calibration,flatness,attacks \
      --out "$run.part.json"
    mv "$run.part.json" "$run.robust.json"
  done
}

row baseline
row blur_pool --set "model.surgery=$blur"
row squeeze_excite --set 'model.surgery=[squeeze_excite]'
row mixup --set "techniques.mixup=$mixup"
row cutout --set "techniques.cutout=$cutout"
row label_smoothing --set "techniques.label_smoothing=$smoothing"
row swa --set techniques.swa=true
row sam --set "techniques.sam=$rho"
row cyclical --set training.schedule=cyclical
row gaussian_noise --set "techniques.gaussian_noise=$noise"
row trivial_augment --set techniques.trivial_augment=true
row augmix --set techniques.augmix=true
row adversarial --set "techniques.adversarial_training=$adversarial"

dotnet run -c Release --project "$here/../../benchmarks/Pare.Benchmarks" -- robustness "$folder" "$here/$name.csv"
